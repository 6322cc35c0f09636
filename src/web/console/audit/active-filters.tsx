import { Link } from '@tanstack/react-router';
import { useOperation } from '../../kit/query.js';
import { buttonClass } from '../../ui/button.js';
import { exactTime } from '../../ui/time.js';
import type { AuditEventType } from '../generated/operations.js';
import { FollowedPersonDocument } from '../generated/operations.js';
import styles from './active-filters.module.css';
import { typeName } from './event-groups.js';
import { type AuditSearch, typesIn } from './search.js';

/** The conditions in words, each with a link that removes it. */
export function ActiveFilters({ search }: { readonly search: AuditSearch }) {
  const { page: _, types, actor, subject, address, after, before } = search;
  const filters = { types, actor, subject, address, after, before };
  if (Object.values(filters).every((value) => value === undefined)) return null;
  const without = (name: keyof AuditSearch): AuditSearch => ({ ...filters, [name]: undefined });
  return (
    <ul className={styles.filters} aria-label="Active filters">
      {types !== undefined && <Filter rest={without('types')}>{typesWords(typesIn(types))}</Filter>}
      {actor !== undefined && (
        <Filter rest={without('actor')}>
          Done by <PersonName id={actor} />
        </Filter>
      )}
      {subject !== undefined && (
        <Filter rest={without('subject')}>
          Done to <PersonName id={subject} />
        </Filter>
      )}
      {address !== undefined && <Filter rest={without('address')}>From {address}</Filter>}
      {after !== undefined && <Filter rest={without('after')}>After {exactTime(after)}</Filter>}
      {before !== undefined && <Filter rest={without('before')}>Before {exactTime(before)}</Filter>}
      <li>
        <Link
          to="/console/audit"
          search={{}}
          className={buttonClass({ kind: 'quiet', size: 'small' })}
          activeOptions={{ exact: true }}
        >
          Show all events
        </Link>
      </li>
    </ul>
  );
}

interface FilterProps {
  /** The other filters. */
  readonly rest: AuditSearch;
  readonly children: React.ReactNode;
}

function Filter({ rest, children }: FilterProps) {
  return (
    <li className={styles.filter}>
      <span>{children}</span>
      <Link to="/console/audit" search={rest} className={styles.remove} activeOptions={{ exact: true }}>
        Remove
      </Link>
    </li>
  );
}

/** The username, or the id of an account that no longer exists. */
function PersonName({ id }: { readonly id: string }) {
  const { data, isPlaceholderData } = useOperation(FollowedPersonDocument, { id });
  if (data === undefined || isPlaceholderData) return <code>{id}</code>;
  if (data.user === null) return <code>{id} (no account)</code>;
  return (
    <Link to="/console/people/$id" params={{ id }}>
      {data.user.username}
    </Link>
  );
}

function typesWords(types: readonly AuditEventType[]): string {
  const [first, second, ...others] = types.map(typeName);
  if (second === undefined) return first ?? '';
  return others.length === 0 ? `${first} or ${second}` : `${types.length} kinds of events`;
}
