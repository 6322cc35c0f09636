import { besideField } from '../kit/form-errors.js';
import { localPartOf, NewPassword, newPasswordOf } from '../kit/new-password.js';
import { reload } from '../kit/query.js';
import { request } from '../kit/request.js';
import { textOf, useSubmit } from '../kit/use-submit.js';
import { Button } from '../ui/button.js';
import { Form } from '../ui/form.js';
import { PasswordField } from '../ui/password-field.js';
import { Done, useDone } from './done.js';
import { ChangePasswordDocument } from './generated/operations.js';
import { Reveal } from './reveal.js';
import { useAccount } from './use-account.js';

export function PasswordCard() {
  const { hasPassword } = useAccount();
  const [done, setDone] = useDone();
  return (
    <>
      <p>
        {hasPassword
          ? 'When you change your password, all your other devices are signed out.'
          : 'Your account has no password. Set one to be able to sign in with it.'}
      </p>
      <Done outcome={done} />
      <Reveal action={hasPassword ? 'Change the password' : 'Set a password'}>
        {(close) => (
          <ChangePassword
            onDone={(words) => {
              setDone(words);
              close();
            }}
            onCancel={close}
          />
        )}
      </Reveal>
    </>
  );
}

function ChangePassword({ onDone, onCancel }: { onDone: (words: string) => void; onCancel: () => void }) {
  const { username, email, hasPassword } = useAccount();
  const owner = { username, localPart: localPartOf(email ?? '') };
  const submission = useSubmit(
    async (data) => {
      const { password: newPassword, confirmPassword } = await newPasswordOf(data, 'newPassword', owner);
      const input = {
        ...(hasPassword && { currentPassword: textOf(data, 'currentPassword') }),
        newPassword,
        confirmPassword,
      };
      await request(ChangePasswordDocument, { input }).catch(
        besideField('INVALID_CREDENTIALS', 'currentPassword', 'The password is wrong.'),
      );
      await reload();
      onDone(`Your password is ${hasPassword ? 'changed' : 'set'}. All other devices are signed out.`);
    },
    ['currentPassword', 'newPassword', 'confirmPassword'],
  );
  const action = hasPassword ? 'Change the password' : 'Set the password';
  return (
    <Form
      action={action}
      label={action}
      submission={submission}
      beside={
        <Button kind="quiet" onPress={onCancel}>
          Cancel
        </Button>
      }
    >
      {/* Tells password managers whose password it is. */}
      <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
      {hasPassword && (
        <PasswordField
          label="Current password"
          name="currentPassword"
          autoFocus
          autoComplete="current-password"
        />
      )}
      <NewPassword name="newPassword" label="New password" owner={owner} autoFocus={!hasPassword} />
    </Form>
  );
}
