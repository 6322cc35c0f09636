import { deviceName } from '../kit/device-name.js';
import { reload } from '../kit/query.js';
import { request } from '../kit/request.js';
import { ExactTime, Time } from '../ui/time.js';
import styles from './account.module.css';
import { ActionButton } from './action-button.js';
import { RevokeSessionDocument } from './generated/operations.js';
import { Item } from './list.js';
import { unlessGone } from './unless-gone.js';
import type { Session } from './use-account.js';

export function DeviceItem({ session, onDone }: { session: Session; onDone: (words: string) => void }) {
  const { id, current, userAgent, ipAddress, createdAt, lastUsedAt, expiresAt, remembered } = session;
  const name = deviceName(userAgent);
  const end = async () => {
    await request(RevokeSessionDocument, { id }).catch(unlessGone);
    await reload();
    onDone(`Signed out: ${name}.`);
  };
  return (
    <Item
      title={
        <>
          {name}
          {current && <span className={styles.badge}>This device</span>}
        </>
      }
      facts={[
        <>IP address: {ipAddress ?? 'not known'}</>,
        <>
          Signed in <Time value={createdAt} />, last used <Time value={lastUsedAt} />
        </>,
        <>
          {remembered ? 'Stays signed in until' : 'Signed in until'} <ExactTime value={expiresAt} />
          {!remembered && ', or until the browser is closed'}
        </>,
      ]}
    >
      {!current && (
        <ActionButton
          size="small"
          aria-label={`Sign out ${name}, ${ipAddress ?? 'IP address not known'}`}
          run={end}
        >
          Sign out
        </ActionButton>
      )}
    </Item>
  );
}
