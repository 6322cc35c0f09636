import { useState } from 'react';
import { hasCode } from '../kit/errors.js';
import { besideField, formError } from '../kit/form-errors.js';
import { textOf, useSubmit } from '../kit/use-submit.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Form } from '../ui/form.js';
import { Notice } from '../ui/notice.js';
import { PasswordField } from '../ui/password-field.js';
import { CodeField } from './code-field.js';
import { useAccount } from './use-account.js';

interface ConfirmTwoFactorProps {
  readonly title: string;
  readonly action: string;
  readonly run: (input: { code: string; password?: string }) => Promise<void>;
  readonly onClose: () => void;
  /** What will happen. */
  readonly children: string;
}

/**
 * Asks for a code and, after a while, for the password. The general step-up would ask for a code instead: it would use up
 * the code that the user has typed here, and the next one comes half a minute later.
 */
export function ConfirmTwoFactor({ title, action, run, onClose, children }: ConfirmTwoFactorProps) {
  const { hasPassword } = useAccount();
  const [asksPassword, setAsksPassword] = useState(false);
  const submission = useSubmit(
    async (data) => {
      const code = textOf(data, 'code');
      const input = asksPassword ? { code, password: textOf(data, 'password') } : { code };
      await run(input)
        .catch((error) => {
          if (hasCode(error, 'REAUTHENTICATION_REQUIRED') && hasPassword) setAsksPassword(true);
          throw error;
        })
        .catch(besideField('INVALID_CREDENTIALS', 'password', 'The password is wrong.'))
        .catch(besideField('INVALID_TWO_FACTOR_CODE', 'code', 'The code is wrong, or was already used.'))
        .catch((error) => {
          throw hasCode(error, 'TWO_FACTOR_NOT_ENABLED')
            ? formError('Two-factor authentication is off: it was turned off meanwhile. Close this dialog.')
            : error;
        });
      onClose();
    },
    ['code', 'password'],
  );
  const isFirstAsk = hasCode(submission.error, 'REAUTHENTICATION_REQUIRED') && asksPassword;
  return (
    <Dialog title={title} onClose={onClose}>
      <Form
        action={action}
        kind="danger"
        submission={isFirstAsk ? { ...submission, fault: undefined } : submission}
        beside={
          <Button kind="quiet" onPress={onClose}>
            Cancel
          </Button>
        }
      >
        <p>{children}</p>
        <CodeField autoFocus hint="From your authenticator app, or a recovery code." />
        {asksPassword && (
          <>
            {isFirstAsk && <Notice>You signed in a while ago, so your password is needed, too.</Notice>}
            <PasswordField label="Password" name="password" autoFocus autoComplete="current-password" />
          </>
        )}
      </Form>
    </Dialog>
  );
}
