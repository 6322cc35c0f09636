import { beforeAll, expect, it } from 'vitest';
import { as, type Cast, castOf } from '../../support/cast.js';
import { expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import { type Gateway, secret } from '../../support/gateway.js';
import { describeOnPostgres } from '../../support/in-process.js';
import { type StartRouter, type Subgraph, startApolloGateway, startHiveGateway } from './routers.js';
import { startTickets } from './tickets.js';

const routers: Record<string, StartRouter> = {
  '@apollo/gateway': startApolloGateway,
  '@graphql-hive/gateway': startHiveGateway,
};

const AUTHOR =
  'id username displayName email emailVerified role isActive twoFactorEnabled lastLoginAt createdAt updatedAt lockedUntil';

describeOnPostgres('a list in another subgraph', ({ start }) => {
  const routerSecret = secret();
  let gateway: Gateway;
  let cast: Cast;

  beforeAll(async () => {
    gateway = await start({ listen: true, env: { ROUTER_SECRET: routerSecret } });
    cast = await castOf(gateway);
  });

  async function subgraphs(tickets: number, authors: number): Promise<Subgraph[]> {
    const people = await openDatabase(gateway)<{ id: string }[]>`
      insert into users (username, email, search_text, email_verified)
      select left('a' || md5(random()::text), 30), md5(random()::text) || '@example.com', 'somebody', true
      from generate_series(1, ${authors}) n returning id`;
    const list = Array.from({ length: tickets }, (_, n) => ({
      id: `t${n}`,
      title: `Ticket ${n}`,
      authorId: people[n % authors]?.id ?? '',
    }));
    return [
      { name: 'gatehouse', url: `${gateway.url}/graphql` },
      { name: 'tickets', url: await startTickets(list) },
    ];
  }

  for (const [name, startRouter] of Object.entries(routers)) {
    // Apollo's router sends the author of each ticket, Hive's router sends each author once.
    for (const [tickets, authors] of [
      [250, 5],
      [1000, 100],
    ] as const) {
      it(`resolves ${tickets} tickets and their ${authors} authors through ${name}`, async () => {
        const router = await startRouter(await subgraphs(tickets, authors), routerSecret);
        const query = `{ tickets { title author { ${AUTHOR} } } }`;
        const data = expectData(await router.runRaw(query, {}, as(cast, 'admin')));
        const shown = (data as { tickets: { author: { username: string; email: string } }[] }).tickets;
        expect(shown).toHaveLength(tickets);
        expect(new Set(shown.map(({ author }) => author.email)).size).toBe(authors);
      });
    }
  }
});
