import { deviceName } from '../../kit/device-name.js';
import { Badge } from '../../ui/badge.js';
import { Card, Quiet, Row } from '../../ui/layout.js';
import { ExactTime, Time } from '../../ui/time.js';
import type { PersonAccessQuery } from '../generated/operations.js';
import styles from './person.module.css';

export type Access = NonNullable<PersonAccessQuery['user']>;
type Session = NonNullable<Access['sessions']>[number];
type Passkey = NonNullable<Access['passkeys']>[number];
type Identity = NonNullable<Access['identities']>[number];

/** Where the person is signed in. */
export function Devices({ sessions }: { readonly sessions: readonly Session[] }) {
  return (
    <Card title="Devices">
      <List empty="Not signed in on any device.">
        {sessions.map((session) => (
          <li key={session.id} className={styles.item}>
            <Row>
              {deviceName(session.userAgent)}
              {session.current && <Badge tone="success">This device</Badge>}
            </Row>
            <Quiet>
              {session.ipAddress ?? 'Unknown address'} · last used <Time value={session.lastUsedAt} /> ·
              signed in <ExactTime value={session.createdAt} /> · until{' '}
              <ExactTime value={session.expiresAt} />
            </Quiet>
          </li>
        ))}
      </List>
    </Card>
  );
}

export function Passkeys({ passkeys }: { readonly passkeys: readonly Passkey[] }) {
  return (
    <Card title="Passkeys">
      <List empty="No passkeys.">
        {passkeys.map(({ id, name, backedUp, createdAt, lastUsedAt }) => (
          <li key={id} className={styles.item}>
            <bdi>{name}</bdi>
            <Quiet>
              Added <ExactTime value={createdAt} /> · <LastUsed time={lastUsedAt} />
              {backedUp && ' · synced to other devices'}
            </Quiet>
          </li>
        ))}
      </List>
    </Card>
  );
}

/** The accounts at identity providers. */
export function Identities({ identities }: { readonly identities: readonly Identity[] }) {
  return (
    <Card title="Identity providers">
      <List empty="No accounts at identity providers are linked.">
        {identities.map(({ id, provider, email, createdAt, lastUsedAt }) => (
          <li key={id} className={styles.item}>
            {provider.name}
            <Quiet>
              {email !== null && `${email} · `}linked <ExactTime value={createdAt} /> ·{' '}
              <LastUsed time={lastUsedAt} />
            </Quiet>
          </li>
        ))}
      </List>
    </Card>
  );
}

function List({ empty, children }: { readonly empty: string; readonly children: React.ReactNode[] }) {
  return children.length === 0 ? <p>{empty}</p> : <ul className={styles.list}>{children}</ul>;
}

function LastUsed({ time }: { readonly time: string | null }) {
  if (time === null) return 'never used';
  return (
    <>
      last used <Time value={time} />
    </>
  );
}
