import { useState } from 'react';
import { client } from '../kit/client.js';
import { hasCode } from '../kit/errors.js';
import { NewPassword, newPasswordOf } from '../kit/new-password.js';
import { Screen } from '../kit/screen.js';
import { useSubmit } from '../kit/use-submit.js';
import { Form } from '../ui/form.js';
import { LinkButton } from '../ui/link-button.js';
import { ResetPasswordDocument } from './generated/operations.js';
import { linkToken } from './link-token.js';

interface SetPasswordProps {
  readonly title: string;
  /** What happens with the password. */
  readonly children: React.ReactNode;
  /** Shown when the password is set. */
  readonly outcome: string;
  /** How to get a new link. */
  readonly renewal: React.ReactNode;
}

/** Sets a password by the link of a mail. The token hides whose password it is, so there is no field for a username. */
export function SetPassword({ title, children, outcome, renewal }: SetPasswordProps) {
  const [isSet, setSet] = useState(false);
  const [isDead, setDead] = useState(linkToken === '');
  const submission = useSubmit(
    async (data) => {
      const { password: newPassword, confirmPassword } = await newPasswordOf(data, 'newPassword');
      try {
        const input = { token: linkToken, newPassword, confirmPassword };
        await client.request(ResetPasswordDocument, { input });
        setSet(true);
      } catch (error) {
        if (!hasCode(error, 'TOKEN_INVALID')) throw error;
        setDead(true);
      }
    },
    ['newPassword', 'confirmPassword'],
  );

  if (isSet) {
    return (
      <Screen title="Your password is set">
        <p>{outcome}</p>
        <LinkButton isWide href="/sign-in" kind="primary">
          Sign in
        </LinkButton>
      </Screen>
    );
  }
  if (isDead) {
    return (
      <Screen title={linkToken === '' ? 'Open the link again' : 'This link no longer works'}>
        <p>
          {linkToken === ''
            ? 'This page needs the link from our email. Open it again, or get a new one.'
            : 'It has expired, was already used, or a newer one was sent.'}
        </p>
        {renewal}
      </Screen>
    );
  }
  return (
    <Screen title={title}>
      {children}
      <Form isWide action="Set the password" submission={submission}>
        <NewPassword name="newPassword" label="New password" />
      </Form>
    </Screen>
  );
}
