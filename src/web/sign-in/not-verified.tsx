import { Screen } from '../kit/screen.js';
import { linkTo } from './go-on.js';
import { ResendLink } from './resend-link.js';

/** After a sign-in to an account whose address is not verified. */
export function NotVerified({ identifier }: { readonly identifier: string }) {
  return (
    <Screen title="Verify your email address">
      <p>Your email address is not verified yet. We have mailed you the link again: open it, then sign in.</p>
      <h2>No mail?</h2>
      <p>Look into the folder for spam. After a few minutes, ask for another link.</p>
      <ResendLink suggestion={identifier.includes('@') ? identifier : ''} />
      <p>
        <a href={linkTo('/sign-in')}>Back to the sign-in</a>
      </p>
    </Screen>
  );
}
