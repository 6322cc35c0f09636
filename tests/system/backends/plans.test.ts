import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  OrderDirection,
  type UserFilter,
  UserOrderField,
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
const INDEXES: Record<UserOrderField, string> = {
  CREATED_AT: 'users_by_created_at',
  USERNAME: 'users_by_username',
  EMAIL: 'users_by_email',
  LAST_LOGIN_AT: 'users_by_last_login_at',
};
const FIELDS = Object.keys(INDEXES) as UserOrderField[];

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
    list = new UserListStore(database.db, { twoFactorEnabledFor: confirmedTotpFor, isLockedFor });
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

  describe('a search text of fewer than three letters', () => {
    it('runs only one query if nothing matches', async () => {
      const walk = { backward: false, from: undefined, limit: PAGE };
      const plans = await plansOf(
        list.find({ search: 'zq' }, { field: UserOrderField.USERNAME, direction: OrderDirection.ASC }, walk),
      );
      expect(plans).toHaveLength(1);
    });
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
