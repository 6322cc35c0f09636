import { and, type SQL, sql } from 'drizzle-orm';
import { anyOf } from '../../platform/columns.js';
import { foldForSearch } from '../../platform/text.js';
import type { UserCondition } from '../accounts/index.js';
import { searchGrams, users } from '../accounts/user.table.js';
import type { UserFilter } from './user-list.model.js';

/** The longest part of a text that `search_grams` lists. */
const MAX_GRAM_LENGTH = 2;

/** The conditions of a filter that other features know. */
export interface FilterConditions {
  readonly twoFactorEnabledFor: UserCondition;
  readonly isLockedFor: UserCondition;
}

/** The WHERE clause for a user filter. */
export function whereClause(filter: UserFilter, conditions: FilterConditions): SQL | undefined {
  const { search, roles, isActive, emailVerified, twoFactorEnabled, locked } = filter;
  return and(
    // A constant, not a parameter: the planner must see that the partial indexes apply.
    sql`NOT ${users.pending}`,
    search ? contains(search) : undefined,
    roles ? anyOf(users.role, roles, 'role') : undefined,
    equals(isActive, sql`${users.isActive}`),
    equals(emailVerified, sql`${users.emailVerified}`),
    equals(twoFactorEnabled, conditions.twoFactorEnabledFor(users.id)),
    equals(locked, conditions.isLockedFor(users.id)),
    createdBetween(filter),
  );
}

/** The part of the WHERE clause that is a range of the sort order by creation. */
export function createdBetween({ createdAfter, createdBefore }: UserFilter): SQL | undefined {
  return and(
    createdAfter ? sql`${users.createdAt} > ${createdAfter.toISOString()}::timestamptz` : undefined,
    createdBefore ? sql`${users.createdAt} < ${createdBefore.toISOString()}::timestamptz` : undefined,
  );
}

/**
 * Lets the planner find the matches of a short search by an index. It selects the same users as the search, so add it
 * only to statements that read all matches: to check a single row, it takes a hundred times as long. Undefined for a
 * longer search, which the trigrams find.
 */
export function shortSearch({ search }: UserFilter): SQL | undefined {
  const text = foldForSearch(search ?? '');
  if (text === '' || !isShort(text)) return undefined;
  return sql`(${searchGrams(users.searchText)}) @> ARRAY[${text}::text]`;
}

function isShort(text: string): boolean {
  return [...text].length <= MAX_GRAM_LENGTH;
}

/**
 * `searchText` stores each name on its own line. A search with a line break could match across names, so it
 * finds nobody.
 */
function contains(search: string): SQL {
  const text = foldForSearch(search);
  if (text.includes('\n')) return sql`false`;
  // For LIKE, the planner may read the whole index of trigrams, which has no entry for a short text.
  if (isShort(text)) return sql`strpos(${users.searchText}, ${text}::text) > 0`;
  return sql`${users.searchText} LIKE ${`%${text.replace(/[\\%_]/g, '\\$&')}%`}`;
}

function equals(wanted: boolean | null | undefined, condition: SQL): SQL | undefined {
  if (wanted == null) return undefined;
  return wanted ? condition : sql`NOT ${condition}`;
}
