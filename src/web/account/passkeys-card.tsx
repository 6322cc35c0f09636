import { useState } from 'react';
import { Button } from '../ui/button.js';
import { Notice } from '../ui/notice.js';
import { AddPasskey } from './add-passkey.js';
import { passkeyObstacle } from './create-passkey.js';
import { Done } from './done.js';
import { List } from './list.js';
import { PasskeyItem } from './passkey-item.js';
import { useAccount } from './use-account.js';

export function PasskeysCard() {
  const { passkeys } = useAccount();
  const [isAdding, setAdding] = useState(false);
  const [done, setDone] = useState<string>();
  const obstacle = passkeyObstacle();
  return (
    <>
      <p>
        With a passkey you sign in by your fingerprint, your face or the PIN of your device, without a
        password and without a code.
      </p>
      <Done>{done}</Done>
      <List
        label="Passkeys"
        empty="You have no passkey yet."
        items={passkeys ?? []}
        render={(passkey) => <PasskeyItem passkey={passkey} onDone={setDone} />}
      />
      {obstacle === undefined ? (
        <div>
          <Button onPress={() => setAdding(true)}>Add a passkey</Button>
        </div>
      ) : (
        <Notice>{obstacle}</Notice>
      )}
      {isAdding && <AddPasskey onDone={setDone} onClose={() => setAdding(false)} />}
    </>
  );
}
