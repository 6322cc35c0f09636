import { and, type SQL, sql } from 'drizzle-orm';
import { anyOf } from '../../platform/columns.js';
import type { Role } from '../../platform/principal.js';
import { foldForSearch } from '../../platform/text.js';
import { users } from '../accounts/user.table.js';
import { failureCounters } from '../lockout/lockout.table.js';
import { twoFactors } from '../two-factor/two-factor.table.js';

export interface UserFilter {
  readonly search?: string | null | undefined;
  readonly roles?: readonly Role[] | null | undefined;
  readonly isActive?: boolean | null | undefined;
  readonly emailVerified?: boolean | null | undefined;
  readonly twoFactorEnabled?: boolean | null | undefined;
  readonly locked?: boolean | null | undefined;
  readonly createdAfter?: Date | null | undefined;
  readonly createdBefore?: Date | null | undefined;
}

/** What the rows of users have to be like that a filter matches. */
export function matches(filter: UserFilter): SQL | undefined {
  const { search, roles, isActive, emailVerified, twoFactorEnabled, locked, createdAfter, createdBefore } =
    filter;
  return and(
    // Written out rather than as a parameter: the indexes are partial, and must be seen to apply.
    sql`NOT ${users.pending}`,
    search ? contains(search) : undefined,
    roles ? anyOf(users.role, roles, 'role') : undefined,
    is(isActive, sql`${users.isActive}`),
    is(emailVerified, sql`${users.emailVerified}`),
    is(
      twoFactorEnabled,
      sql`EXISTS (SELECT FROM ${twoFactors} WHERE ${twoFactors.userId} = ${users.id} AND ${twoFactors.confirmedAt} IS NOT NULL)`,
    ),
    is(locked, sql`${users.id} IN (${lockedIds})`),
    createdAfter ? sql`${users.createdAt} > ${createdAfter.toISOString()}::timestamptz` : undefined,
    createdBefore ? sql`${users.createdAt} < ${createdBefore.toISOString()}::timestamptz` : undefined,
  );
}

/** A search with a line break finds nobody: the names are lines of one text, and it must not match across them. */
function contains(search: string): SQL {
  const text = foldForSearch(search);
  if (text.includes('\n')) return sql`false`;
  return sql`${users.searchText} LIKE ${`%${text.replace(/[\\%_]/g, '\\$&')}%`}`;
}

/** Keys of accounts are `account:` and the id; the CASE keeps the cast off all others. */
const lockedIds = sql`SELECT CASE WHEN ${failureCounters.key} LIKE 'account:%' THEN substr(${failureCounters.key}, 9)::uuid END
  FROM ${failureCounters} WHERE ${failureCounters.lockedUntil} > now() AND ${failureCounters.key} LIKE 'account:%'`;

function is(wanted: boolean | null | undefined, condition: SQL): SQL | undefined {
  if (wanted == null) return undefined;
  return wanted ? condition : sql`NOT ${condition}`;
}
