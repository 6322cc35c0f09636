import { and, asc, desc, type SQL, sql } from 'drizzle-orm';
import { anyOf } from '../../platform/columns.js';
import { type Database, planForValues, walkIndexes } from '../../platform/database.js';
import { foldCase } from '../../platform/text.js';
import type { User } from '../accounts/index.js';
import { folded, users } from '../accounts/user.table.js';
import type { EnabledCondition } from '../second-factors/index.js';
import { matches } from './user-filter.store.js';
import { OrderDirection, type UserFilter, type UserOrder, type UserOrderField } from './user-list.model.js';

/** A place in an order, as a cursor carries it. */
interface Position {
  readonly value: string | null;
  readonly id: string;
}

interface OrderKey {
  /** What is sorted by, never null: the expression of an index. */
  readonly expression: SQL;
  readonly type: SQL;
  valueOf(user: User): string | null;
}

/** Who never signed in stands before all who did. */
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

/** Where a user stands in an order. */
export function userPosition(order: UserOrder, user: User): Position {
  return { value: ORDERS[order.field].valueOf(user), id: user.id };
}

interface Walk {
  /** Against the order. */
  readonly backward: boolean;
  readonly from: Position | undefined;
  readonly limit: number;
}

/** As many matches as are rather sorted than walked to. */
const MAX_SORTED_MATCHES = 5000;

/** The users, filtered, sorted and walked by key: never by OFFSET, which reads all that it skips. */
export class UserListStore {
  constructor(
    readonly db: Database,
    readonly twoFactorEnabledFor: EnabledCondition,
  ) {}

  /**
   * So many users from a place on, in the order of the walk.
   *
   * How to get at those that a filter matches depends on how many they are: few are fetched by the filter's index
   * and sorted, of many the first ones soon turn up on a walk along the order's index. The planner cannot know
   * how many contain a text, and either way is slow by seconds where it should have taken the other. So we look.
   */
  find(filter: UserFilter, order: UserOrder, walk: Walk): Promise<User[]> {
    const wanted = and(this.#matches(filter), beyond(order, walk));
    if (Object.values(filter).every((one) => one == null)) return this.#page(this.db, wanted, order, walk);
    return this.db.transaction(async (tx) => {
      await planForValues(tx);
      const first = await this.#firstOfFew(tx, wanted, order, walk);
      if (first?.length === 0) return [];
      if (first !== undefined) return this.#page(tx, anyOf(users.id, first, 'uuid'), order, walk);
      await walkIndexes(tx);
      return this.#page(tx, wanted, order, walk);
    });
  }

  count(filter: UserFilter): Promise<number> {
    return this.db.transaction(async (tx) => {
      await planForValues(tx);
      const [row] = await tx
        .select({ count: sql<number>`count(*)::int` })
        .from(users)
        .where(this.#matches(filter));
      return row?.count ?? 0;
    });
  }

  /** The ids of a page of what matches, sorted; undefined where that is more than a few. */
  async #firstOfFew(tx: Database, wanted: SQL | undefined, order: UserOrder, walk: Walk) {
    const key = ORDERS[order.field].expression.as('key');
    // Its limit also keeps the planner from sorting by a walk along the order's index.
    const few = tx
      .select({ id: users.id, key })
      .from(users)
      .where(wanted)
      .limit(MAX_SORTED_MATCHES + 1)
      .as('few');
    const direction = falls(order, walk) ? desc : asc;
    const rows = await tx
      .select({ id: few.id, count: sql<number>`(count(*) OVER ())::int` })
      .from(few)
      .orderBy(direction(few.key), direction(few.id))
      .limit(walk.limit);
    return (rows[0]?.count ?? 0) > MAX_SORTED_MATCHES ? undefined : rows.map(({ id }) => id);
  }

  #matches(filter: UserFilter): SQL | undefined {
    return matches(filter, this.twoFactorEnabledFor);
  }

  #page(db: Database, wanted: SQL | undefined, order: UserOrder, walk: Walk): Promise<User[]> {
    const { expression } = ORDERS[order.field];
    const direction = falls(order, walk) ? desc : asc;
    return db
      .select()
      .from(users)
      .where(wanted)
      .orderBy(direction(expression), direction(users.id))
      .limit(walk.limit);
  }
}

const falls = (order: UserOrder, walk: Walk) => (order.direction === OrderDirection.DESC) !== walk.backward;

function beyond(order: UserOrder, walk: Walk): SQL | undefined {
  if (walk.from === undefined) return undefined;
  const { expression, type } = ORDERS[order.field];
  const { value, id } = walk.from;
  return sql`(${expression}, ${users.id}) ${falls(order, walk) ? sql`<` : sql`>`} (${value ?? NEVER}::${type}, ${id}::uuid)`;
}
