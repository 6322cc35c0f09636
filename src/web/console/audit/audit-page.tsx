import { PageTitle } from '../../kit/page-title.js';

export function AuditPage() {
  return <PageTitle>Audit log</PageTitle>;
}
