import { Link, useSearch } from '@tanstack/react-router';
import styles from './event-table.module.css';
import type { LoggedEvent } from './logged-event.js';
import type { AuditSearch } from './search.js';

interface PersonCellProps {
  readonly as: 'actor' | 'subject';
  readonly person: LoggedEvent['actor'];
  /** In place of a person. */
  readonly otherwise: string;
}

/** A link to the person, and one to their events. */
export function PersonCell({ as, person, otherwise }: PersonCellProps) {
  if (person === null) return <span className={styles.quiet}>{otherwise}</span>;
  const { id, username } = person;
  const what = as === 'actor' ? `what ${username} does` : `what happens to ${username}`;
  return (
    <>
      <Link to="/console/people/$id" params={{ id }}>
        {username}
      </Link>{' '}
      <Follow search={{ [as]: id }} what={what} />
    </>
  );
}

interface AddressCellProps {
  readonly address: string | null;
  readonly device: string | null;
}

export function AddressCell({ address, device }: AddressCellProps) {
  if (address === null) return <span className={styles.quiet}>No client</span>;
  return (
    <>
      {address} <Follow search={{ address }} what={address} />
      {device !== null && <div className={styles.quiet}>{device}</div>}
    </>
  );
}

/** Shows only the events of a person or an address, in the same time range. */
function Follow({ search, what }: { readonly search: AuditSearch; readonly what: string }) {
  const { after, before } = useSearch({ from: '/console/audit' });
  return (
    <Link
      to="/console/audit"
      search={{ ...search, after, before }}
      className={styles.follow}
      activeOptions={{ exact: true }}
      aria-label={`Follow ${what}`}
    >
      Follow
    </Link>
  );
}
