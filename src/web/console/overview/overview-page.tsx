import { PageTitle } from '../../kit/page-title.js';

export function OverviewPage() {
  return <PageTitle>Overview</PageTitle>;
}
