import { and, asc, desc, inArray, type SQL, sql } from 'drizzle-orm';
import type { User } from '../accounts/index.js';
import { userSearchText, users } from '../accounts/user.table.js';
import { failureCounters } from '../lockout/lockout.table.js';
import type { Database } from '../platform/database.js';
import type { Role } from '../platform/principal.js';
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

export type UserOrderField = 'CREATED_AT' | 'USERNAME' | 'EMAIL' | 'LAST_LOGIN_AT';

export interface UserOrder {
  readonly field: UserOrderField;
  readonly descending: boolean;
}

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
    expression: sql`(lower(${users.username}) COLLATE "C")`,
    type: sql`text`,
    valueOf: (user) => user.username.toLowerCase(),
  },
  EMAIL: {
    expression: sql`(lower(${users.email}) COLLATE "C")`,
    type: sql`text`,
    valueOf: (user) => user.email.toLowerCase(),
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

/** The users, filtered, sorted and walked by key: never by OFFSET, which reads all that it skips. */
export class UserListStore {
  constructor(readonly db: Database) {}

  /**
   * So many users from a place on, in the order of the walk.
   * @param backward walks against the order
   */
  find(
    filter: UserFilter,
    order: UserOrder,
    walk: { readonly backward: boolean; readonly from: Position | undefined; readonly limit: number },
  ): Promise<User[]> {
    const { expression, type } = ORDERS[order.field];
    const falls = order.descending !== walk.backward;
    const direction = falls ? desc : asc;
    const beyond =
      walk.from &&
      sql`(${expression}, ${users.id}) ${falls ? sql`<` : sql`>`} (${walk.from.value ?? NEVER}::${type}, ${walk.from.id}::uuid)`;
    return this.db
      .select()
      .from(users)
      .where(and(matches(filter), beyond))
      .orderBy(direction(expression), direction(users.id))
      .limit(walk.limit);
  }

  async count(filter: UserFilter): Promise<number> {
    const [row] = await this.db
      .select({ count: sql<number>`count(*)::int` })
      .from(users)
      .where(matches(filter));
    return row?.count ?? 0;
  }
}

/** Exported for the tests of the plans. */
export function matches(filter: UserFilter): SQL | undefined {
  const { search, roles, isActive, emailVerified, twoFactorEnabled, locked, createdAfter, createdBefore } =
    filter;
  return and(
    // Written out rather than as a parameter: the indexes are partial, and must be seen to apply.
    sql`NOT ${users.pending}`,
    search ? sql`${userSearchText(users)} ILIKE ${`%${search.replace(/[\\%_]/g, '\\$&')}%`}` : undefined,
    roles ? inArray(users.role, [...roles]) : undefined,
    is(isActive, sql`${users.isActive}`),
    is(emailVerified, sql`${users.emailVerified}`),
    is(
      twoFactorEnabled,
      sql`${users.id} IN (SELECT ${twoFactors.userId} FROM ${twoFactors} WHERE ${twoFactors.confirmedAt} IS NOT NULL)`,
    ),
    is(locked, sql`${users.id} IN (${lockedIds})`),
    createdAfter ? sql`${users.createdAt} > ${createdAfter.toISOString()}::timestamptz` : undefined,
    createdBefore ? sql`${users.createdAt} < ${createdBefore.toISOString()}::timestamptz` : undefined,
  );
}

/** Keys of accounts are `account:` and the id; the CASE keeps the cast off all others. */
const lockedIds = sql`SELECT CASE WHEN ${failureCounters.key} LIKE 'account:%' THEN substr(${failureCounters.key}, 9)::uuid END
  FROM ${failureCounters} WHERE ${failureCounters.lockedUntil} > now() AND ${failureCounters.key} LIKE 'account:%'`;

function is(wanted: boolean | null | undefined, condition: SQL): SQL | undefined {
  if (wanted == null) return undefined;
  return wanted ? condition : sql`NOT ${condition}`;
}
