import { deviceName } from '../kit/device-name.js';
import { hasCode } from '../kit/errors.js';
import { formError } from '../kit/form-errors.js';
import { reload } from '../kit/query.js';
import { textOf, useSubmit } from '../kit/use-submit.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Field } from '../ui/field.js';
import { Form } from '../ui/form.js';
import { createPasskey } from './create-passkey.js';
import { useAccount } from './use-account.js';

interface AddPasskeyProps {
  readonly onDone: (words: string) => void;
  readonly onClose: () => void;
}

export function AddPasskey({ onDone, onClose }: AddPasskeyProps) {
  const { passkeys } = useAccount();
  const taken = new Set(passkeys?.map(({ name }) => name));
  const submission = useSubmit(
    async (data) => {
      const name = textOf(data, 'name');
      await createPasskey(name).catch((error) => {
        // The message about too many passkeys belongs to no field.
        throw hasCode(error, 'BAD_USER_INPUT') && !error.fieldErrors.some(({ field }) => field === 'name')
          ? formError(error.fieldErrors[0]?.message ?? error.message)
          : error;
      });
      await reload();
      onDone(`The passkey “${name}” is added.`);
      onClose();
    },
    ['name'],
  );
  return (
    <Dialog title="Add a passkey" onClose={onClose}>
      <Form
        action="Add the passkey"
        submission={submission}
        beside={
          <Button kind="quiet" onPress={onClose}>
            Cancel
          </Button>
        }
      >
        <p>Your browser asks you where to keep the passkey, and then for your fingerprint, face or PIN.</p>
        <Field
          label="Name of the passkey"
          name="name"
          defaultValue={untaken(deviceName(navigator.userAgent), taken)}
          isRequired
          autoFocus
          autoComplete="off"
          hint="So that you know it among others."
        />
      </Form>
    </Dialog>
  );
}

function untaken(name: string, taken: ReadonlySet<string>): string {
  let number = 2;
  if (!taken.has(name)) return name;
  while (taken.has(`${name} ${number}`)) number += 1;
  return `${name} ${number}`;
}
