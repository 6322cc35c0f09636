import { Screen } from '../kit/screen.js';

export function Forbidden() {
  return (
    <Screen title="No access">
      <p>The console is for staff and admins.</p>
      <p>
        <a href="/account">Go to your account</a>
      </p>
    </Screen>
  );
}
