import { useState } from 'react';
import { reload } from '../kit/query.js';
import { request } from '../kit/request.js';
import { Button } from '../ui/button.js';
import { Confirmation } from './confirmation.js';
import { DeviceItem } from './device-item.js';
import { Done } from './done.js';
import { RevokeOtherSessionsDocument } from './generated/operations.js';
import { List } from './list.js';
import { useAccount } from './use-account.js';

export function DevicesCard() {
  const { sessions } = useAccount();
  const [done, setDone] = useState<string>();
  const [isAsking, setAsking] = useState(false);
  const devices = (sessions ?? []).toSorted((a, b) => Number(b.current) - Number(a.current));
  const endOthers = async () => {
    await request(RevokeOtherSessionsDocument, {});
    setDone('All other devices are signed out.');
    await reload();
  };
  return (
    <>
      <p>Your account is signed in on these devices. Sign out of those that you do not know or use.</p>
      <Done>{done}</Done>
      <List
        label="Devices"
        empty=""
        items={devices}
        render={(session) => <DeviceItem session={session} onDone={setDone} />}
      />
      {devices.length > 1 && (
        <div>
          <Button onPress={() => setAsking(true)}>Sign out of all other devices</Button>
        </div>
      )}
      {isAsking && (
        <Confirmation
          title="Sign out of all other devices?"
          action="Sign out of all other devices"
          run={endOthers}
          onClose={() => setAsking(false)}
        >
          <p>Only this device stays signed in. On the others you have to sign in again.</p>
        </Confirmation>
      )}
    </>
  );
}
