import { Screen } from '../kit/screen.js';
import { linkTo } from './go-on.js';
import { ResendLink } from './resend-link.js';

/** After a registration. Says the same for an address that has an account. */
export function CheckMail({ email }: { readonly email: string }) {
  return (
    <Screen title="Check your email">
      <p>
        We have sent an email to <strong>{email}</strong>. Follow it to finish. A link in it works for 24
        hours.
      </p>
      <h2>No email?</h2>
      <p>
        Look into your spam folder, and check the address above. After a few minutes, ask for the email again.
      </p>
      <ResendLink email={email} />
      <p>
        Finished? <a href={linkTo('/sign-in')}>Sign in</a>
      </p>
    </Screen>
  );
}
