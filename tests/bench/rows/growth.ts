import { type Call, inTurns, loadOf, medianMs, post, worstOf } from '../measure.js';
import { AUDIT, adminToken, meOfNew, PAGE, refreshOf, send } from '../operations.js';
import type { Figures, Row } from '../row.js';
import type { Gateway, Servers } from '../servers.js';

/** All rounds of `me` and `refreshToken` together take fewer sessions than the small database has. */
const AMOUNT = 200;
const ROUNDS = 5;
const SESSIONS = AMOUNT * (ROUNDS + 1);
const CONNECTIONS = 8;
const RUNS = 10;

const OPERATIONS: Readonly<Record<string, (gateway: Gateway) => Promise<Call | (() => Call)>>> = {
  '`me`, sessions new to the process': (gateway) => meOfNew(gateway, SESSIONS),
  '`refreshToken`': (gateway) => refreshOf(gateway, SESSIONS),
  '`users(first: 50)`': async (gateway) => post({ query: PAGE, token: await adminToken(gateway) }),
  '`auditEvents(first: 50)`': async (gateway) => post({ query: AUDIT, token: await adminToken(gateway) }),
};

const SEARCHES = ['e', 'q', '7', 'lo', 'zq', 'a.'];

const COUNTS: Readonly<Record<string, string>> = {
  'no filter': '{}',
  'search "lovelace"': '{ search: "lovelace" }',
  'isActive: true': '{ isActive: true }',
  'twoFactorEnabled: true': '{ twoFactorEnabled: true }',
  'roles: [CUSTOMER]': '{ roles: [CUSTOMER] }',
};

/** What grows with the number of rows. The worst figure is the row. */
export function growthRows(servers: Servers): Row[] {
  const { small, large } = servers.sizes;
  const count = (value: number) => value.toLocaleString('en');
  return [
    {
      id: 'growth',
      label: '1,000 times the users',
      name: `time of a request with ${count(large.users)} users, ${count(large.sessions)} sessions and ${count(large.auditEvents)} audit events`,
      against: `${count(small.users)}, ${count(small.sessions)} and ${count(small.auditEvents)}`,
      aim: { max: 1.2 },
      async measure() {
        const [many, few] = [await servers.gateway('large'), await servers.gateway('small')];
        const all: [string, Figures][] = [];
        for (const [name, callOf] of Object.entries(OPERATIONS)) {
          const [ofMany, ofFew] = [await callOf(many), await callOf(few)];
          all.push([name, await inTurns('ms', timeOf(many, ofMany), timeOf(few, ofFew), ROUNDS)]);
        }
        return worstOf(all);
      },
    },
    {
      id: 'search',
      label: 'search of 1–2 letters : page',
      name: '`users(first: 50)` by a search of one or two letters, over a million',
      against: 'without a search',
      aim: { max: 5 },
      measure: async () =>
        againstPage(
          await servers.gateway('large'),
          SEARCHES.map((search) => [`search "${search}"`, searching(search)]),
        ),
    },
    {
      id: 'count',
      label: 'totalCount : page',
      name: '`totalCount` over a million',
      against: '`users(first: 50)`',
      aim: { max: 10 },
      measure: async () =>
        againstPage(
          await servers.gateway('large'),
          Object.entries(COUNTS).map(([name, filter]) => [
            `totalCount, ${name}`,
            `{ users(first: 1, filter: ${filter}) { totalCount } }`,
          ]),
        ),
    },
  ];
}

/** Measures the time (ms) of one request while others run. */
function timeOf({ url }: Gateway, call: Call | (() => Call)): () => Promise<number> {
  const perSecond = loadOf(url, call, { amount: AMOUNT, connections: CONNECTIONS });
  return async () => (CONNECTIONS * 1000) / (await perSecond());
}

const searching = (search: string) =>
  PAGE.replace('first: 50', `first: 50, filter: { search: ${JSON.stringify(search)} }`);

/** One request after the other, because a slow one must not delay the fast one that it is compared with. */
async function againstPage(
  gateway: Gateway,
  queries: readonly (readonly [string, string])[],
): Promise<Figures> {
  const token = await adminToken(gateway);
  const time = (query: string, runs: number) => medianMs(runs, () => send(gateway.url, { query, token }));
  const all: [string, Figures][] = [];
  for (const [name, query] of queries) {
    all.push([
      name,
      await inTurns(
        'ms',
        () => time(query, 1),
        () => time(PAGE, RUNS),
        ROUNDS,
      ),
    ]);
  }
  return worstOf(all);
}
