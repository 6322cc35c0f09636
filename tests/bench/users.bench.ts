import { Agent } from 'node:http';
import { beforeAll, expect, it } from 'vitest';
import { CountUsersDocument, UserPageDocument, type UserPageQueryVariables } from '../generated/graphql.js';
import { someone } from '../support/accounts.js';
import { acceptInvitation, command, entered, page } from '../support/administration.js';
import { expectData } from '../support/client.js';
import { openDatabase } from '../support/database.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { freshDatabase } from '../support/services.js';
import { ORDERS } from '../support/user-pages.js';
import { median } from './measure.js';

/** BENCH_USERS: the number of users. BENCH_DATABASE: a database that is already filled. */
const USERS = Number(process.env.BENCH_USERS ?? 1_000_000);
const FILLED = process.env.BENCH_DATABASE;
const RUNS = 15;
const RUNS_OF_PAGES = 41;

let gateway: Gateway;
let token: string;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

beforeAll(async () => {
  const database = FILLED ?? (await freshDatabase());
  const env = { LOG_LEVEL: 'warn' };
  gateway = await startGateway({ backend: 'postgres', database, env });
  if (FILLED === undefined) await fill();
  const account = someone();
  const made = await command(
    'admin',
    ['create', '--username', account.username, '--email', account.email],
    gateway,
  );
  expect(made.status, made.err).toBe(0);
  await acceptInvitation(gateway, account);
  ({ token } = await entered(gateway, account));
}, 1_800_000);

async function fill() {
  const startedAt = performance.now();
  const { status, err } = await command('seed', ['--users', String(USERS)], gateway);
  expect(status, err).toBe(0);
  line(`seeding ${USERS} users`, performance.now() - startedAt);
}

const line = (name: string, milliseconds: number) =>
  process.stdout.write(`${name}: ${milliseconds.toFixed(1)} ms\n`);

type Ask = () => Promise<unknown>;

/** The median response times over HTTP (ms). The queries run in turn, so that other load affects all. */
async function times(asked: Record<string, Ask>, runs = RUNS): Promise<number[]> {
  const taken = Object.entries(asked).map(([name, ask]) => ({ name, ask, samples: [] as number[] }));
  for (const { ask } of taken) await ask();
  for (let run = 0; run < runs; run++) {
    for (const { ask, samples } of taken) {
      const at = performance.now();
      await ask();
      samples.push(performance.now() - at);
    }
  }
  for (const { name, samples } of taken) line(name, median(samples));
  return taken.map(({ samples }) => median(samples));
}

const users = async (variables: UserPageQueryVariables) =>
  expectData(await gateway.client.run(UserPageDocument, variables, { token, agent }));

/** The cursor of the user in the middle of the order. */
async function middle(orderBy: (typeof ORDERS)[number]): Promise<string> {
  const sql = openDatabase(gateway);
  const key = {
    CREATED_AT: 'created_at',
    USERNAME: 'lower(username COLLATE "C")',
    EMAIL: 'lower(email COLLATE "C")',
    LAST_LOGIN_AT: "coalesce(last_login_at, '-infinity')",
  }[orderBy.field];
  const [row] = await sql.unsafe(
    `SELECT username FROM users WHERE NOT pending ORDER BY ${key}, id OFFSET ${Math.floor(USERS / 2)} LIMIT 1`,
  );
  const found = await page(gateway, token, { filter: { search: row?.username }, orderBy, first: 1 });
  return found.pageInfo.endCursor ?? '';
}

for (const orderBy of ORDERS) {
  it(`serves pages by ${orderBy.field} ${orderBy.direction} as fast at either end as in the middle`, async () => {
    const after = await middle(orderBy);
    const name = `${orderBy.field} ${orderBy.direction}`;
    const pages = {
      [`${name}, first page`]: () => users({ orderBy, first: 20 }),
      [`${name}, middle page`]: () => users({ orderBy, first: 20, after }),
      [`${name}, last page`]: () => users({ orderBy, last: 20 }),
    };
    const found = await times(pages, RUNS_OF_PAGES);
    expect(Math.max(...found)).toBeLessThan(20);
    expect(Math.max(...found) / Math.min(...found)).toBeLessThan(1.5);
  });
}

it('serves a search with few matches within 50 ms', async () => {
  const few = String(Math.floor(USERS / 3));
  const found = await times({
    'search of few': () => users({ filter: { search: few } }),
    'search of none': () => users({ filter: { search: 'qqzzxx' } }),
  });
  expect(Math.max(...found)).toBeLessThan(50);
});

it('measures each filter alone, and other searches', async () => {
  const filters = {
    'isActive: true': { isActive: true },
    'isActive: false': { isActive: false },
    'emailVerified: true': { emailVerified: true },
    'emailVerified: false': { emailVerified: false },
    'twoFactorEnabled: true': { twoFactorEnabled: true },
    'twoFactorEnabled: false': { twoFactorEnabled: false },
    'locked: true': { locked: true },
    'locked: false': { locked: false },
    'roles: ADMIN': { roles: ['ADMIN' as const] },
    'roles: STAFF and ADMIN': { roles: ['STAFF' as const, 'ADMIN' as const] },
    'roles: CUSTOMER': { roles: ['CUSTOMER' as const] },
    'createdAfter: the last days': { createdAfter: '2025-12-25T00:00:00.000Z' },
    'createdBefore: the first days': { createdBefore: '2022-01-08T00:00:00.000Z' },
    'search of all': { search: 'example' },
    'search of one in forty': { search: 'lovelace' },
    'search of two letters without a match': { search: 'zq' },
  };
  for (const [name, filter] of Object.entries(filters)) {
    const orderBy = { field: 'USERNAME', direction: 'ASC' } as const;
    await times({
      [name]: () => users({ filter }),
      [`${name}, by username`]: () => users({ filter, orderBy }),
    });
  }
});

it('measures totalCount', async () => {
  for (const filter of [{}, { search: 'lovelace.1' }, { isActive: false }, { twoFactorEnabled: true }])
    await times({
      [`totalCount of ${JSON.stringify(filter)}`]: async () =>
        expectData(await gateway.client.run(CountUsersDocument, { filter }, { token, agent })),
    });
});
