import { PageTitle } from '../../kit/page-title.js';

export function InvitePage() {
  return <PageTitle>Invite</PageTitle>;
}
