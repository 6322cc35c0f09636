import { beforeAll, describe, expect, it } from 'vitest';
import { signIn } from '../../support/accounts.js';
import { as, type Cast, castOf, type Member } from '../../support/cast.js';
import type { Client, Result } from '../../support/client.js';
import { type Gateway, secret } from '../../support/gateway.js';
import { describeOnPostgres } from '../../support/in-process.js';
import { type StartRouter, type Subgraph, startApolloGateway, startHiveGateway } from './routers.js';
import { startTickets } from './tickets.js';

const routers: Record<string, StartRouter> = {
  '@apollo/gateway': startApolloGateway,
  '@graphql-hive/gateway': startHiveGateway,
};

const OPEN = ['id', 'username', 'displayName'];
const OWN = ['email', 'emailVerified', 'role', 'isActive', 'twoFactorEnabled', 'lastLoginAt', 'createdAt'];
const STAFF_ONLY = ['lockedUntil'];
const OWN_OR_ADMIN = ['sessions'];

/** The fields that each member may see of the customer who wrote the ticket. */
const SEEN: Record<Member, string[]> = {
  nobody: [],
  other: [...OPEN],
  customer: [...OPEN, ...OWN, ...OWN_OR_ADMIN],
  staff: [...OPEN, ...OWN, ...STAFF_ONLY],
  admin: [...OPEN, ...OWN, ...STAFF_ONLY, ...OWN_OR_ADMIN],
};
const FIELDS = [...OPEN, ...OWN, ...STAFF_ONLY, ...OWN_OR_ADMIN];
const AUTHOR = FIELDS.map((name) => (name === 'sessions' ? 'sessions { id userAgent }' : name)).join(' ');

type Author = Record<string, unknown> | null;

describeOnPostgres('a query that starts in another subgraph', ({ start }) => {
  const routerSecret = secret();
  let gateway: Gateway;
  let cast: Cast;
  let subgraphs: Subgraph[];

  beforeAll(async () => {
    gateway = await start({ listen: true, env: { ROUTER_SECRET: routerSecret } });
    cast = await castOf(gateway);
    const tickets = [{ id: 't1', title: 'The printer is on fire', authorId: cast.customer.id }];
    subgraphs = [
      { name: 'gatehouse', url: `${gateway.url}/graphql` },
      { name: 'tickets', url: await startTickets(tickets) },
    ];
  });

  for (const [name, startRouter] of Object.entries(routers)) {
    describe(`through ${name}`, () => {
      let router: Client;

      beforeAll(async () => {
        router = await startRouter(subgraphs, routerSecret);
      });

      const run = (member: Member, query: string) => router.runRaw(query, {}, as(cast, member));
      const codes = (result: Result<unknown>) => new Set(result.errors.map((one) => one.extensions.code));

      for (const [member, seen] of Object.entries(SEEN) as [Member, string[]][]) {
        it(`shows ${member} these fields of a ticket's author: ${seen.join(', ') || 'none'}`, async () => {
          const result = await run(member, `{ ticket(id: "t1") { title author { ${AUTHOR} } } }`);
          const { ticket } = result.data as { ticket: { title: string; author: Author } };
          expect(ticket.title).toBe('The printer is on fire');
          const refused = FIELDS.filter((field) => !seen.includes(field));
          expect(codes(result)).toEqual(
            new Set(refused.length === 0 ? [] : [member === 'nobody' ? 'UNAUTHENTICATED' : 'FORBIDDEN']),
          );
          for (const field of seen.filter((one) => !['displayName', 'lockedUntil'].includes(one))) {
            expect(ticket.author?.[field] ?? null, field).not.toBeNull();
          }
          for (const field of refused) expect(ticket.author?.[field] ?? null, field).toBeNull();
          const text = JSON.stringify(result);
          if (member === 'nobody') expect(text).not.toContain(cast.customer.username);
          else expect(text).toContain(cast.customer.username);
        });
      }

      it("lists each user's own tickets, from the gateway into the other subgraph", async () => {
        const query = '{ me { username tickets { title author { email } } } }';
        const mine = await run('customer', query);
        expect(mine.errors).toEqual([]);
        expect(mine.data).toEqual({
          me: {
            username: cast.customer.username,
            tickets: [{ title: 'The printer is on fire', author: { email: cast.customer.email } }],
          },
        });
        const others = await run('other', query);
        expect(others.data).toEqual({ me: { username: cast.other.username, tickets: [] } });
        const nobodys = await run('nobody', query);
        expect(nobodys.data).toEqual({ me: null });
        expect([...codes(nobodys)]).toEqual(['UNAUTHENTICATED']);
      });

      it('refuses a user who has signed out', async () => {
        const query = '{ ticket(id: "t1") { author { username email } } }';
        const { accessToken: token } = await signIn(gateway, cast.customer);
        expect((await router.runRaw(query, {}, { token })).errors).toEqual([]);
        await router.runRaw('mutation { logout { success } }', {}, { token });
        const late = await router.runRaw(query, {}, { token });
        expect([...codes(late)]).toEqual(['UNAUTHENTICATED']);
        expect(JSON.stringify(late)).not.toContain(cast.customer.username);
      });
    });
  }
});
