import { and, type SQL, sql } from 'drizzle-orm';
import { anyOf } from '../../platform/columns.js';
import { foldForSearch } from '../../platform/text.js';
import type { UserCondition } from '../accounts/index.js';
import { users } from '../accounts/user.table.js';
import type { UserFilter } from './user-list.model.js';

/** The conditions of a filter that other features know. */
export interface FilterConditions {
  readonly twoFactorEnabledFor: UserCondition;
  readonly isLockedFor: UserCondition;
}

/** The WHERE clause for a user filter. */
export function whereClause(filter: UserFilter, conditions: FilterConditions): SQL | undefined {
  const { search, roles, isActive, emailVerified, twoFactorEnabled, locked, createdAfter, createdBefore } =
    filter;
  return and(
    // A constant, not a parameter: the planner must see that the partial indexes apply.
    sql`NOT ${users.pending}`,
    search ? contains(search) : undefined,
    roles ? anyOf(users.role, roles, 'role') : undefined,
    equals(isActive, sql`${users.isActive}`),
    equals(emailVerified, sql`${users.emailVerified}`),
    equals(twoFactorEnabled, conditions.twoFactorEnabledFor(users.id)),
    equals(locked, conditions.isLockedFor(users.id)),
    createdAfter ? sql`${users.createdAt} > ${createdAfter.toISOString()}::timestamptz` : undefined,
    createdBefore ? sql`${users.createdAt} < ${createdBefore.toISOString()}::timestamptz` : undefined,
  );
}

/**
 * `searchText` stores each name on its own line. A search with a line break could match across names, so it
 * finds nobody.
 */
function contains(search: string): SQL {
  const text = foldForSearch(search);
  if (text.includes('\n')) return sql`false`;
  return sql`${users.searchText} LIKE ${`%${text.replace(/[\\%_]/g, '\\$&')}%`}`;
}

function equals(wanted: boolean | null | undefined, condition: SQL): SQL | undefined {
  if (wanted == null) return undefined;
  return wanted ? condition : sql`NOT ${condition}`;
}
