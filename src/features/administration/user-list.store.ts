import { and, asc, desc, getTableColumns, type SQL, sql } from 'drizzle-orm';
import { anyOf } from '../../platform/columns.js';
import { avoidSort, avoidWorkers, type Database, planForValues, queryRows } from '../../platform/database.js';
import { foldCase } from '../../platform/text.js';
import type { User } from '../accounts/index.js';
import { folded, users } from '../accounts/user.table.js';
import { createdBetween, type FilterConditions, shortSearch, whereClause } from './user-filter.store.js';
import {
  OrderDirection,
  type UserCount,
  type UserFilter,
  type UserOrder,
  UserOrderField,
  type UserPage,
  type UserPosition,
} from './user-list.model.js';

interface Read {
  readonly filter: UserFilter;
  readonly order: UserOrder;
  readonly page: UserPage;
}

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

/**
 * The first page is searched in this many rows of the sort order. If a match is more frequent than one in a hundred, this
 * finds the page in one statement, without an index of the filter.
 */
const FIRST_SCAN = 2000;

/**
 * Then up to this many matches are sorted, or more rows of the sort order are searched, in turn. So neither rare matches
 * nor matches at the far end of the order read the whole table.
 */
const LIMITS = [5000, 50_000] as const;
const SCANNED_PER_SORTED = 4;

/** An estimate above twice this is not counted. The matches that are counted are then few enough for an index. */
const MAX_COUNTED = 10_000;

/** About 21,000 users. */
const SAMPLED_PAGES = 600;

/** Filters, sorts and pages users by keyset. OFFSET is not used, because it reads all rows that it skips. */
export class UserListStore {
  constructor(
    readonly db: Database,
    readonly conditions: FilterConditions,
  ) {}

  /**
   * Reads a page of users. A backward page comes in reverse order.
   *
   * The fast plan depends on the number of matches and on their places in the order. Few matches: read them by the index
   * of the filter, and sort. Many matches: scan the index of the sort order, which soon finds a page. The planner cannot
   * estimate how many users contain a text, and the wrong plan takes seconds. So we try both with a limit, and raise it.
   */
  async find(filter: UserFilter, order: UserOrder, page: UserPage): Promise<User[]> {
    const read: Read = { filter, order, page };
    if (isUnfiltered(filter)) return this.#readPage(this.db, this.#condition(read), read);
    const found = await this.#scanOrder(this.db, read, FIRST_SCAN);
    return found.length === page.limit ? found : this.#findRare(read);
  }

  /** The number of users that match a filter. Large numbers are estimated, see `countUsers`. */
  async count(filter: UserFilter): Promise<UserCount> {
    const sampled = await this.#sample(filter);
    if (sampled.isExact || sampled.count > 2 * MAX_COUNTED) return sampled;
    return this.db.transaction(async (tx) => {
      await planForValues(tx);
      await avoidWorkers(tx);
      const count = await tx.$count(users, and(this.#where(filter), shortSearch(filter)));
      return { count, isExact: true };
    });
  }

  /**
   * Counts the matches in some pages of the table, always the same ones, and multiplies by the rows that the statistics of
   * the table tell. Exact if the table has no more pages.
   */
  async #sample(filter: UserFilter): Promise<UserCount> {
    const pages = sql`(pg_relation_size('users') / current_setting('block_size')::int)`;
    const share = sql`least(1, ${SAMPLED_PAGES}::float8 / greatest(1, ${pages}))`;
    const rows = sql`(SELECT nullif(greatest(reltuples, 0), 0)::float8 FROM pg_class WHERE oid = 'users'::regclass)`;
    const factor = sql`CASE WHEN ${share} = 1 THEN 1 ELSE coalesce(${rows} / nullif(count(*), 0), 1 / ${share}) END`;
    const [row] = await queryRows<{ count: number; isExact: boolean }>(
      this.db,
      sql`SELECT round(count(*) FILTER (WHERE ${this.#where(filter)}) * ${factor})::float8 AS count, ${share} = 1 AS "isExact"
        FROM ${users} TABLESAMPLE SYSTEM (100 * ${share}) REPEATABLE (0)`,
    );
    return row as UserCount;
  }

  #findRare(read: Read): Promise<User[]> {
    return this.db.transaction(async (tx) => {
      await planForValues(tx);
      await avoidWorkers(tx);
      for (const limit of LIMITS) {
        const ids = await this.#sortMatches(tx, read, limit);
        if (ids?.length === 0) return [];
        if (ids !== undefined) return this.#readPage(tx, anyOf(users.id, ids, 'uuid'), read);
        const found = await this.#scanOrder(tx, read, SCANNED_PER_SORTED * limit);
        if (found.length === read.page.limit) return found;
      }
      await avoidSort(tx);
      return this.#readPage(tx, this.#condition(read), read);
    });
  }

  /** The matches of a page among the next `rows` of the sort order. The page is complete if it is full. */
  #scanOrder(db: Database, { filter, order, page }: Read, rows: number): Promise<User[]> {
    const range = order.field === UserOrderField.CREATED_AT ? createdBetween(filter) : undefined;
    const next = and(sql`NOT ${users.pending}`, afterPosition(order, page), range);
    const key = ORDERS[order.field].expression.as('key');
    const scanned = db
      .select({ ...getTableColumns(users), key })
      .from(users)
      .where(next)
      .orderBy(...sortKeys(order, page))
      .limit(rows)
      // Named like the table, so that the conditions of other features apply.
      .as('users');
    const direction = isDescending(order, page) ? desc : asc;
    return (
      db
        .select()
        .from(scanned)
        .where(this.#where(filter))
        // By the column of the subquery: otherwise the planner sorts again, and reads all rows.
        .orderBy(direction(scanned.key), direction(scanned.id))
        .limit(page.limit)
    );
  }

  /** The ids of a page, sorted; undefined if there are more than `limit` matches. */
  async #sortMatches(tx: Database, read: Read, limit: number): Promise<string[] | undefined> {
    const { filter, order, page } = read;
    const key = ORDERS[order.field].expression.as('key');
    // The limit also prevents the planner from scanning the index of the sort order.
    const few = tx
      .select({ id: users.id, key })
      .from(users)
      .where(and(this.#condition(read), shortSearch(filter)))
      .limit(limit + 1)
      .as('few');
    const direction = isDescending(order, page) ? desc : asc;
    const rows = await tx
      .select({ id: few.id, count: sql<number>`(count(*) OVER ())::int` })
      .from(few)
      .orderBy(direction(few.key), direction(few.id))
      .limit(page.limit);
    return (rows[0]?.count ?? 0) > limit ? undefined : rows.map(({ id }) => id);
  }

  #where(filter: UserFilter): SQL | undefined {
    return whereClause(filter, this.conditions);
  }

  #condition({ filter, order, page }: Read): SQL | undefined {
    return and(this.#where(filter), afterPosition(order, page));
  }

  #readPage(db: Database, condition: SQL | undefined, { order, page }: Read): Promise<User[]> {
    return db
      .select()
      .from(users)
      .where(condition)
      .orderBy(...sortKeys(order, page))
      .limit(page.limit);
  }
}

function isUnfiltered(filter: UserFilter): boolean {
  return Object.values(filter).every((value) => value == null);
}

function sortKeys(order: UserOrder, page: UserPage): SQL[] {
  const direction = isDescending(order, page) ? desc : asc;
  return [direction(ORDERS[order.field].expression), direction(users.id)];
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
