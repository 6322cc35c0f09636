import { Screen } from '../kit/screen.js';
import { linkTo } from './go-on.js';
import { ResendLink } from './resend-link.js';

/** After a registration. Says the same for an address that has an account. */
export function CheckMail({ email }: { readonly email: string }) {
  return (
    <Screen title="Check your mail">
      <p>
        We have sent a mail to <strong>{email}</strong>. Open the link in it to finish. It works for 24 hours.
      </p>
      <h2>No mail?</h2>
      <p>
        Look into the folder for spam, and check the address above. After a few minutes, ask for the mail
        again.
      </p>
      <ResendLink email={email} />
      <p>
        Finished? <a href={linkTo('/sign-in')}>Sign in</a>
      </p>
    </Screen>
  );
}
