import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { users } from '../../../src/features/accounts/user.table.js';
import { whereClause } from '../../../src/features/administration/user-filter.store.js';
import {
  OrderDirection,
  type UserFilter,
  type UserOrder,
  UserOrderField,
  type UserPosition,
} from '../../../src/features/administration/user-list.model.js';
import { UserListStore, userPosition } from '../../../src/features/administration/user-list.store.js';
import { isLockedFor } from '../../../src/features/lockout/failure-counter.store.js';
import { confirmedTotpFor } from '../../../src/features/totp/totp.store.js';
import { Role } from '../../../src/platform/actor.js';
import { command } from '../../support/administration.js';
import { describeOnPostgres } from '../../support/backends.js';
import { freshFolder } from '../../support/gateway.js';
import { explained, type Plan } from '../../support/plans.js';
import { freshDatabase } from '../../support/services.js';

const USERS = 60_000;
const PAGE = 21;
/** Enough to decide whether thousands match, or to find a page of as many. */
const MAX_ROWS = 10_000;
const FIRST_PAGE = { backward: false, from: undefined, limit: PAGE };
const INDEXES: Record<UserOrderField, string> = {
  CREATED_AT: 'users_by_created_at',
  USERNAME: 'users_by_username',
  EMAIL: 'users_by_email',
  LAST_LOGIN_AT: 'users_by_last_login_at',
};
const conditions = { twoFactorEnabledFor: confirmedTotpFor, isLockedFor };
const FIELDS = Object.keys(INDEXES) as UserOrderField[];

const namesOf = (found: readonly { username: string }[]) => found.map(({ username }) => username);

type Found = Awaited<ReturnType<UserListStore['find']>>[number];

function comparePositions(order: UserOrder, one: Found, other: Found): number {
  const [a, b] = [one, other].map((user) => userPosition(order, user)) as [UserPosition, UserPosition];
  const [x, y] = [a.value ?? '', b.value ?? ''];
  if (x !== y) return x < y ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

describeOnPostgres('the query plans of the users connection', () => {
  let database: ReturnType<typeof explained>;
  let list: UserListStore;

  beforeAll(async () => {
    const url = await freshDatabase();
    const env = { DATABASE_URL: url, LOG_LEVEL: 'error' };
    const { status, err } = await command('seed', ['--users', String(USERS)], {
      dataDir: await freshFolder(),
      env,
    });
    expect(status, err).toBe(0);
    database = explained(url);
    list = new UserListStore(database.db, conditions);
    const [last] = await database.db.select().from(users).limit(1);
    await database.db
      .update(users)
      .set({ displayName: 'É7 Qx', searchText: `${last?.username}\né7 qx\n${last?.email}` })
      .where(eq(users.id, last?.id as string));
  });
  afterAll(() => database?.end());

  async function plansOf(work: Promise<unknown>): Promise<Plan[]> {
    await work;
    const plans = database.plans();
    expect(plans.length).toBeGreaterThan(0);
    return plans;
  }

  for (const field of FIELDS) {
    for (const direction of Object.values(OrderDirection)) {
      it(`reads one page by ${field} ${direction} from any position`, async () => {
        const order = { field, direction };
        const middle = await list.find({ search: '.30000' }, order, {
          backward: false,
          from: undefined,
          limit: 1,
        });
        database.plans();
        const from = userPosition(order, middle[0] as (typeof middle)[number]);
        for (const backward of [false, true]) {
          for (const start of [undefined, from]) {
            const [plan] = await plansOf(list.find({}, order, { backward, from: start, limit: PAGE }));
            expect(plan).toMatchObject({
              nodes: ['Limit', 'Index Scan'],
              indexes: [INDEXES[field]],
              rowsRead: PAGE,
            });
          }
        }
      });
    }
  }

  /** The index that finds rare matches. Frequent matches have none: the index of the sort order finds them. */
  const filters: [name: string, filter: UserFilter, index?: string, maxRows?: number][] = [
    ['inactive', { isActive: false }, 'users_inactive'],
    ['active', { isActive: true }],
    ['unverified', { emailVerified: false }],
    ['verified', { emailVerified: true }],
    // One in eight users matches, so finding thousands reads eight times as many.
    ['with a second factor', { twoFactorEnabled: true }, undefined, 50_000],
    ['without a second factor', { twoFactorEnabled: false }],
    ['locked', { locked: true }, 'users_pkey'],
    ['not locked', { locked: false }],
    ['admins', { roles: [Role.ADMIN] }, 'users_by_role'],
    ['staff and admins', { roles: [Role.STAFF, Role.ADMIN] }, 'users_by_role'],
    ['customers', { roles: [Role.CUSTOMER] }],
    ['new', { createdAfter: new Date('2025-12-31') }, 'users_by_created_at'],
    ['old', { createdBefore: new Date('2022-01-02') }, 'users_by_created_at'],
    ['all but the newest', { createdBefore: new Date('2025-12-31') }],
    ['a search that matches one', { search: 'LOVELACE.7777' }, 'users_search'],
    ['a search that matches none', { search: 'qqzzxx' }, 'users_search'],
    ['a search that matches one in forty', { search: 'lovelace' }],
    ['a search that matches all', { search: 'EXAMPLE' }],
    ['inactive admins', { isActive: false, roles: [Role.ADMIN] }],
    ['a letter that matches none', { search: 'q' }, 'users_short_search'],
    ['two letters that match none', { search: 'zq' }, 'users_short_search'],
    ['two letters that match few', { search: 'é7' }, 'users_short_search'],
    ['a search among active users', { isActive: true, search: 'hopper.123' }, 'users_search'],
  ];

  for (const [name, filter, index, maxRows = MAX_ROWS] of filters) {
    it(`reads few rows for the filter: ${name}, in every order`, async () => {
      for (const field of FIELDS) {
        for (const direction of Object.values(OrderDirection)) {
          const walk = { backward: false, from: undefined, limit: PAGE };
          const plans = await plansOf(list.find(filter, { field, direction }, walk));
          const used = plans.flatMap(({ indexes }) => indexes);
          const told = JSON.stringify({ field, direction, plans });
          if (index === undefined) {
            const last = plans.at(-1);
            expect(last?.scansTable, told).toBe(false);
          } else {
            expect(used, told).toContain(index);
          }
          expect(Math.max(...plans.map(({ rowsRead }) => rowsRead)), told).toBeLessThan(maxRows);
        }
      }
    });
  }

  it('finds a page of frequent matches in one scan of the sort order', async () => {
    for (const search of ['e', 'an', 'example']) {
      const order = { field: UserOrderField.EMAIL, direction: OrderDirection.ASC };
      const plans = await plansOf(list.find({ search }, order, FIRST_PAGE));
      expect(plans).toMatchObject([{ indexes: [INDEXES.EMAIL] }]);
      expect(plans[0]?.rowsRead, search).toBeLessThan(1000);
    }
  });

  it('finds the same users as LIKE, in the same order, however frequent and wherever they are', async () => {
    const texts = ['e', 'q', 'an', 'zq', 'qx', 'ö', '.7', '7@', 'zainab', 'ada.', '3@staff', 'hopper.12'];
    for (const search of texts) {
      for (const field of FIELDS) {
        const all = await database.db
          .select()
          .from(users)
          .where(sql`${users.searchText} LIKE ${`%${search}%`}`);
        const order = { field, direction: OrderDirection.ASC };
        const sorted = all.sort((one, other) => comparePositions(order, one, other));
        const at = Math.floor(sorted.length / 2);
        const middle = sorted[at];
        const pages = [
          { page: FIRST_PAGE, expected: sorted },
          { page: { ...FIRST_PAGE, backward: true }, expected: sorted.toReversed() },
          ...(middle === undefined
            ? []
            : [
                {
                  page: { ...FIRST_PAGE, from: userPosition(order, middle) },
                  expected: sorted.slice(at + 1),
                },
                {
                  page: { ...FIRST_PAGE, backward: true, from: userPosition(order, middle) },
                  expected: sorted.slice(0, at).toReversed(),
                },
              ]),
        ];
        for (const { page, expected } of pages) {
          const found = await list.find({ search }, order, page);
          const told = `${search} by ${field}`;
          expect(namesOf(found), told).toEqual(namesOf(expected.slice(0, PAGE)));
        }
      }
    }
  });

  it('counts up to 10,000 matches exactly, and estimates more from some pages of the table', async () => {
    const filters = [{}, { isActive: true }, { search: 'e' }, { twoFactorEnabled: false }, { search: 'on' }];
    for (const filter of filters) {
      database.plans();
      const { count, isExact } = await list.count(filter);
      const [plan] = database.plans();
      const [row] = await database.db
        .select({ count: sql<number>`count(*)::int` })
        .from(users)
        .where(whereClause(filter, conditions));
      const exact = row?.count as number;
      expect(isExact, JSON.stringify(filter)).toBe(exact < 20_000);
      expect(plan?.nodes).toContain('Sample Scan');
      expect(Math.abs(count / exact - 1), JSON.stringify({ filter, count, exact })).toBeLessThan(
        isExact ? Number.MIN_VALUE : 0.1,
      );
    }
    for (const filter of [{ search: 'qx' }, { search: 'hopper.12' }, { isActive: false }, { locked: true }])
      expect(await list.count(filter)).toMatchObject({ isExact: true });
  });

  it('reads few rows for a search text after many runs for another', async () => {
    const order = { field: UserOrderField.USERNAME, direction: OrderDirection.ASC };
    const walk = { backward: false, from: undefined, limit: PAGE };
    for (let run = 0; run < 8; run++) await list.find({ search: 'zq' }, order, walk);
    database.plans();
    for (const search of ['example', 'lovelace.7777']) {
      const plans = await plansOf(list.find({ search }, order, walk));
      expect(Math.max(...plans.map(({ rowsRead }) => rowsRead)), JSON.stringify(plans)).toBeLessThan(
        MAX_ROWS,
      );
    }
  });
});
