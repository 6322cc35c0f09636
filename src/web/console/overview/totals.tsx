import { Link } from '@tanstack/react-router';
import { PageFault } from '../../kit/page-fault.js';
import { useOperation } from '../../kit/query.js';
import { TotalsDocument, type TotalsQuery } from '../generated/operations.js';
import styles from './totals.module.css';
import { numberWords } from './words.js';

type Figure = Exclude<keyof TotalsQuery['accountTotals'], '__typename'>;

interface Tile {
  readonly figure: Figure;
  readonly label: string;
  /** The filter of the people list that finds the accounts. Undefined if there is none. */
  readonly search?: {
    readonly role?: 'ADMIN' | 'STAFF';
    readonly account?: 'deactivated';
    readonly lock?: 'locked';
    readonly twoFactor?: 'on';
  };
}

const TILES: readonly Tile[] = [
  { figure: 'users', label: 'Accounts', search: {} },
  { figure: 'liveSessions', label: 'Live sessions' },
  { figure: 'twoFactorEnabled', label: 'With a second factor', search: { twoFactor: 'on' } },
  { figure: 'withPasskey', label: 'With a passkey' },
  { figure: 'admins', label: 'Admins', search: { role: 'ADMIN' } },
  { figure: 'staff', label: 'Staff', search: { role: 'STAFF' } },
  { figure: 'locked', label: 'Locked now', search: { lock: 'locked' } },
  { figure: 'deactivated', label: 'Deactivated', search: { account: 'deactivated' } },
];

/** The number of accounts. Each links to the people list with the same accounts. */
export function Totals() {
  const { data, error, refetch } = useOperation(TotalsDocument, {});
  if (error !== null && data === undefined) return <PageFault error={error} onRetry={() => void refetch()} />;
  return (
    <section aria-label="Totals" aria-busy={data === undefined}>
      <ul className={styles.tiles}>
        {TILES.map((tile) => (
          <li key={tile.figure} className={styles.item}>
            <TotalTile {...tile} value={data?.accountTotals[tile.figure]} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function TotalTile({ label, search, value }: Tile & { readonly value: number | undefined }) {
  const content = (
    <>
      <span className={styles.label}>{label}</span>
      <span className={styles.value}>{value === undefined ? '…' : numberWords(value)}</span>
    </>
  );
  if (search === undefined) return <div className={styles.tile}>{content}</div>;
  return (
    <Link to="/console/people" search={search} className={styles.tile}>
      {content}
    </Link>
  );
}
