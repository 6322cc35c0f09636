import { PageTitle } from '../kit/page-title.js';
import { Shell } from '../kit/shell.js';
import { useViewer } from '../kit/viewer.js';
import { Card } from '../ui/layout.js';

export function AccountPage() {
  const { username, email } = useViewer();
  return (
    <Shell links={<a href="/account">Account</a>} isNarrow>
      <PageTitle>Your account</PageTitle>
      <Card title="Profile">
        <p>{username}</p>
        <p>{email}</p>
      </Card>
    </Shell>
  );
}
