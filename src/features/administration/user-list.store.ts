import { and, asc, desc, type SQL, sql } from 'drizzle-orm';
import { anyOf } from '../../platform/columns.js';
import { avoidSort, type Database, planForValues } from '../../platform/database.js';
import { foldCase } from '../../platform/text.js';
import type { User } from '../accounts/index.js';
import { folded, users } from '../accounts/user.table.js';
import { type FilterConditions, whereClause } from './user-filter.store.js';
import {
  OrderDirection,
  type UserFilter,
  type UserOrder,
  type UserOrderField,
  type UserPage,
  type UserPosition,
} from './user-list.model.js';

interface OrderKey {
  /** The sort key: the expression of an index, never null. */
  readonly expression: SQL;
  readonly type: SQL;
  valueOf(user: User): string | null;
}

/** The sort key of users who have never signed in: they count as the earliest. */
const NEVER = '-infinity';

const ORDERS: Readonly<Record<UserOrderField, OrderKey>> = {
  CREATED_AT: {
    expression: sql`${users.createdAt}`,
    type: sql`timestamptz`,
    valueOf: (user) => user.createdAt.toISOString(),
  },
  USERNAME: {
    expression: folded(users.username),
    type: sql`text`,
    valueOf: (user) => foldCase(user.username),
  },
  EMAIL: {
    expression: folded(users.email),
    type: sql`text`,
    valueOf: (user) => foldCase(user.email),
  },
  LAST_LOGIN_AT: {
    expression: sql`coalesce(${users.lastLoginAt}, '-infinity'::timestamptz)`,
    type: sql`timestamptz`,
    valueOf: (user) => user.lastLoginAt?.toISOString() ?? null,
  },
};

/** The position of a user in a sort order. */
export function userPosition(order: UserOrder, user: User): UserPosition {
  return { value: ORDERS[order.field].valueOf(user), id: user.id };
}

/** Up to this many matches we sort; above it we scan the index of the sort order. */
const MAX_SORTED_MATCHES = 5000;

/** Filters, sorts and pages users by keyset. OFFSET is not used, because it reads all rows that it skips. */
export class UserListStore {
  constructor(
    readonly db: Database,
    readonly conditions: FilterConditions,
  ) {}

  /**
   * Reads a page of users. A backward page comes in reverse order.
   *
   * The fast plan depends on the number of matches. Few matches: read them by the index of the filter, and
   * sort. Many matches: scan the index of the sort order, which soon finds a page. The planner cannot
   * estimate how many users contain a text, and the wrong plan takes seconds. So we count the matches first,
   * up to the limit.
   */
  find(filter: UserFilter, order: UserOrder, page: UserPage): Promise<User[]> {
    const condition = and(this.#where(filter), afterPosition(order, page));
    const isUnfiltered = Object.values(filter).every((value) => value == null);
    if (isUnfiltered) return this.#readPage(this.db, condition, order, page);
    return this.db.transaction(async (tx) => {
      await planForValues(tx);
      const ids = await this.#sortFewMatches(tx, condition, order, page);
      if (ids?.length === 0) return [];
      if (ids !== undefined) return this.#readPage(tx, anyOf(users.id, ids, 'uuid'), order, page);
      await avoidSort(tx);
      return this.#readPage(tx, condition, order, page);
    });
  }

  count(filter: UserFilter): Promise<number> {
    return this.db.transaction(async (tx) => {
      await planForValues(tx);
      const [row] = await tx
        .select({ count: sql<number>`count(*)::int` })
        .from(users)
        .where(this.#where(filter));
      return row?.count ?? 0;
    });
  }

  /** The ids of a page, sorted; undefined if there are more than `MAX_SORTED_MATCHES` matches. */
  async #sortFewMatches(tx: Database, condition: SQL | undefined, order: UserOrder, page: UserPage) {
    const key = ORDERS[order.field].expression.as('key');
    // The limit also prevents the planner from scanning the index of the sort order.
    const few = tx
      .select({ id: users.id, key })
      .from(users)
      .where(condition)
      .limit(MAX_SORTED_MATCHES + 1)
      .as('few');
    const direction = isDescending(order, page) ? desc : asc;
    const rows = await tx
      .select({ id: few.id, count: sql<number>`(count(*) OVER ())::int` })
      .from(few)
      .orderBy(direction(few.key), direction(few.id))
      .limit(page.limit);
    return (rows[0]?.count ?? 0) > MAX_SORTED_MATCHES ? undefined : rows.map(({ id }) => id);
  }

  #where(filter: UserFilter): SQL | undefined {
    return whereClause(filter, this.conditions);
  }

  #readPage(db: Database, condition: SQL | undefined, order: UserOrder, page: UserPage): Promise<User[]> {
    const { expression } = ORDERS[order.field];
    const direction = isDescending(order, page) ? desc : asc;
    return db
      .select()
      .from(users)
      .where(condition)
      .orderBy(direction(expression), direction(users.id))
      .limit(page.limit);
  }
}

function isDescending(order: UserOrder, page: UserPage): boolean {
  return (order.direction === OrderDirection.DESC) !== page.backward;
}

function afterPosition(order: UserOrder, page: UserPage): SQL | undefined {
  if (page.from === undefined) return undefined;
  const { expression, type } = ORDERS[order.field];
  const { value, id } = page.from;
  return sql`(${expression}, ${users.id}) ${isDescending(order, page) ? sql`<` : sql`>`} (${value ?? NEVER}::${type}, ${id}::uuid)`;
}
