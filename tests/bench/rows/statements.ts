import { type Call, CONNECTIONS, inTurns, loadOf, post } from '../measure.js';
import { adminToken, entitiesOf, PAGE, refreshOf } from '../operations.js';
import type { Row } from '../row.js';
import type { Gateway, Servers } from '../servers.js';

const SECONDS = 1.2;
const REFRESHES = 40_000;
const IDS_OF_A_PAGE = 100;
const PAGES = 500;

/** Operations against the statements that they need, by the same driver, on all cores. */
export function statementRows(servers: Servers): Row[] {
  return [
    {
      id: 'refresh',
      label: 'refreshToken : its statements',
      name: '`refreshToken`, rotated',
      against: 'a transaction of one UPDATE and one INSERT',
      aim: { min: 0.7 },
      async measure() {
        const gateway = await servers.gateway('main');
        const sessions = await gateway.takeSessions(REFRESHES);
        const call = await refreshOf(gateway, REFRESHES);
        return against(servers, gateway, call, 'refresh', { sessionIds: sessions.map(({ id }) => id) });
      },
    },
    {
      id: 'entities',
      label: '_entities of 100 : its statement',
      name: '`_entities` of 100 users, over a million',
      against: 'its statement',
      aim: { min: 0.5 },
      async measure() {
        const gateway = await servers.gateway('large');
        const sessions = await gateway.takeSessions(IDS_OF_A_PAGE * PAGES);
        const pages = Array.from({ length: PAGES }, (_, page) =>
          sessions.slice(page * IDS_OF_A_PAGE, (page + 1) * IDS_OF_A_PAGE).map(({ userId }) => userId),
        );
        const call = entitiesOf(pages, await adminToken(gateway));
        return against(servers, gateway, call, 'entities', { pages });
      },
    },
    {
      id: 'users',
      label: 'users(first: 50) : its statement',
      name: '`users(first: 50)`, over a million',
      against: 'its statement',
      aim: { min: 0.5 },
      async measure() {
        const gateway = await servers.gateway('large');
        const call = post({ query: PAGE, token: await adminToken(gateway) });
        return against(servers, gateway, call, 'page', {});
      },
    },
  ];
}

async function against(
  servers: Servers,
  gateway: Gateway,
  call: Call | (() => Call),
  name: string,
  parameters: object,
) {
  const worker = await servers.statements(gateway.database);
  let first = 0;
  const figures = await inTurns('/s', loadOf(gateway.url, call, { seconds: SECONDS }), async () => {
    const work = { name, parameters, first, seconds: SECONDS, concurrency: CONNECTIONS };
    const { perSecond, next } = await worker.ask<{ perSecond: number; next: number }>(work);
    first = next;
    return perSecond;
  });
  await worker.stop();
  return figures;
}
