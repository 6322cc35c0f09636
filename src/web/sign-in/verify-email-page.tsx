import { useState } from 'react';
import { client } from '../kit/client.js';
import { hasCode } from '../kit/errors.js';
import { formError } from '../kit/form-errors.js';
import { Screen } from '../kit/screen.js';
import { textOf, useSubmit } from '../kit/use-submit.js';
import { Form } from '../ui/form.js';
import { LinkButton } from '../ui/link-button.js';
import { PasswordField } from '../ui/password-field.js';
import { VerifyEmailDocument } from './generated/operations.js';
import { linkToken } from './link-token.js';
import { ResendLink } from './resend-link.js';

export default function VerifyEmailPage() {
  const [verified, setVerified] = useState<string>();
  const [isDead, setDead] = useState(linkToken === '');
  const [needsPassword, setNeedsPassword] = useState(false);
  const submission = useSubmit(
    async (data) => {
      const password = needsPassword ? textOf(data, 'password') : null;
      try {
        const { verifyEmail } = await client.request(VerifyEmailDocument, { token: linkToken, password });
        setVerified(verifyEmail.email);
      } catch (error) {
        if (hasCode(error, 'INVALID_CREDENTIALS')) throw formError('The password is wrong.', 'password');
        if (hasCode(error, 'TOKEN_INVALID')) setDead(true);
        else if (hasCode(error, 'PASSWORD_REQUIRED')) setNeedsPassword(true);
        else throw error;
      }
    },
    ['password'],
  );

  if (verified !== undefined) return <Verified email={verified} />;
  if (isDead) return <DeadLink />;
  return (
    <Screen title="Verify your email address">
      {needsPassword ? (
        <p>
          There is more than one registration with this email address, perhaps because you registered twice.
          Enter the password of the registration that this email belongs to.
        </p>
      ) : (
        <p>Press the button to confirm that this email address is yours.</p>
      )}
      <Form isWide action="Verify my address" submission={submission}>
        {needsPassword && (
          <PasswordField label="Password" name="password" autoFocus autoComplete="current-password" />
        )}
      </Form>
    </Screen>
  );
}

function Verified({ email }: { readonly email: string }) {
  return (
    <Screen title="Your address is verified">
      <p>
        From now on you can sign in with <strong>{email}</strong>.
      </p>
      <LinkButton isWide href="/sign-in" kind="primary">
        Sign in
      </LinkButton>
    </Screen>
  );
}

function DeadLink() {
  return (
    <Screen title={linkToken === '' ? 'Open the link again' : 'This link no longer works'}>
      {linkToken === '' ? (
        <p>This page needs the link from our email. Open it again, or ask for a new one.</p>
      ) : (
        <p>
          It has expired, was already used, or a newer one was sent. If you have used it already,{' '}
          <a href="/sign-in">sign in</a>. Otherwise ask for a new one.
        </p>
      )}
      <ResendLink />
      <p>
        You wanted to change the address of your account? <a href="/account">Start again in your account</a>
      </p>
    </Screen>
  );
}
