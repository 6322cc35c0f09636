import { Screen } from '../kit/screen.js';
import { linkTo } from './go-on.js';
import { ResendLink } from './resend-link.js';

/** After a sign-in to an account whose address is not verified. */
export function NotVerified({ identifier }: { readonly identifier: string }) {
  return (
    <Screen title="Verify your email address">
      <p>Your email address is not verified yet. Open the link in our newest email, then sign in.</p>
      <h2>No email?</h2>
      <p>Look into your spam folder. After a few minutes, ask for another link.</p>
      <ResendLink suggestion={identifier.includes('@') ? identifier : ''} />
      <p>
        <a href={linkTo('/sign-in')}>Back to sign in</a>
      </p>
    </Screen>
  );
}
