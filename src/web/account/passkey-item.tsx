import { useState } from 'react';
import { reload } from '../kit/query.js';
import { request } from '../kit/request.js';
import { textOf, useSubmit } from '../kit/use-submit.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Field } from '../ui/field.js';
import { Form } from '../ui/form.js';
import { Time } from '../ui/time.js';
import { Confirmation } from './confirmation.js';
import { RemovePasskeyDocument, RenamePasskeyDocument } from './generated/operations.js';
import { Item } from './list.js';
import type { Passkey } from './use-account.js';

interface PasskeyProps {
  readonly passkey: Passkey;
  readonly onDone: (words: string) => void;
}

export function PasskeyItem({ passkey, onDone }: PasskeyProps) {
  const { id, name, backedUp, createdAt, lastUsedAt } = passkey;
  const [dialog, setDialog] = useState<'rename' | 'remove'>();
  const close = () => setDialog(undefined);
  const remove = async () => {
    await request(RemovePasskeyDocument, { id });
    onDone(`The passkey “${name}” is removed.`);
    await reload();
  };
  return (
    <Item
      title={<bdi>{name}</bdi>}
      facts={[
        backedUp ? 'Synced to your other devices' : 'On one device only',
        <>
          Added <Time value={createdAt} />,{' '}
          {lastUsedAt === null ? (
            'never used'
          ) : (
            <>
              last used <Time value={lastUsedAt} />
            </>
          )}
        </>,
      ]}
    >
      <Button size="small" aria-label={`Rename ${name}`} onPress={() => setDialog('rename')}>
        Rename
      </Button>
      <Button size="small" aria-label={`Remove ${name}`} onPress={() => setDialog('remove')}>
        Remove
      </Button>
      {dialog === 'rename' && <RenamePasskey passkey={passkey} onDone={onDone} onClose={close} />}
      {dialog === 'remove' && (
        <Confirmation title="Remove the passkey?" action="Remove the passkey" run={remove} onClose={close}>
          <p>
            You cannot sign in with “<bdi>{name}</bdi>” any more. Your device may still offer it: delete it
            there, too.
          </p>
        </Confirmation>
      )}
    </Item>
  );
}

function RenamePasskey({ passkey, onDone, onClose }: PasskeyProps & { readonly onClose: () => void }) {
  const submission = useSubmit(
    async (data) => {
      const name = textOf(data, 'name');
      await request(RenamePasskeyDocument, { id: passkey.id, name });
      await reload();
      onDone(`The passkey is called “${name}” now.`);
      onClose();
    },
    ['name'],
  );
  return (
    <Dialog title="Rename the passkey" onClose={onClose}>
      <Form
        action="Rename"
        submission={submission}
        beside={
          <Button kind="quiet" onPress={onClose}>
            Cancel
          </Button>
        }
      >
        <Field
          label="Name of the passkey"
          name="name"
          defaultValue={passkey.name}
          isRequired
          autoFocus
          autoComplete="off"
        />
      </Form>
    </Dialog>
  );
}
