import { readFile } from 'node:fs/promises';
import { type DirectiveNode, parse, visit } from 'graphql';
import { expect, it } from 'vitest';
import { secret } from '../../support/gateway.js';
import { describeOnPostgres } from '../../support/in-process.js';
import { composed, sdlOf, startApolloGateway } from './routers.js';
import { startTickets, TICKETS_SDL } from './tickets.js';

const printed = () => readFile(new URL('../../../schema/schema.graphql', import.meta.url), 'utf8');

const withTickets = (gatehouse: string, tickets = TICKETS_SDL) =>
  composed([
    { name: 'gatehouse', url: 'http://gatehouse.example/graphql', sdl: gatehouse },
    { name: 'tickets', url: 'http://tickets.example/graphql', sdl: tickets },
  ]);

/** The fields and types that every subgraph adds. */
const FEDERATION_FIELDS = /^_Service\b|\._(service|entities)$/;

/** The directives of every object type and field, by name. */
function directivesIn(sdl: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const note = (name: string, directives: readonly DirectiveNode[] = []) =>
    found.set(
      name,
      directives.map((directive) => directive.name.value),
    );
  visit(parse(sdl), {
    ObjectTypeDefinition(type) {
      note(type.name.value, type.directives);
      for (const field of type.fields ?? []) note(`${type.name.value}.${field.name.value}`, field.directives);
    },
  });
  return new Map([...found].filter(([name]) => !FEDERATION_FIELDS.test(name)));
}

describeOnPostgres('the composition of a supergraph', ({ start }) => {
  it('uses the SDL that the gateway returns, which has the directives of the printed schema', async () => {
    const gateway = await start({ listen: true });
    const sdl = await sdlOf(`${gateway.url}/graphql`);
    expect(directivesIn(sdl)).toEqual(directivesIn(await printed()));
    const supergraph = withTickets(sdl);
    expect(supergraph).toMatch(/type User\s+@join__type\(graph: GATEHOUSE, key: "id"/);
    expect(supergraph).toMatch(
      /type Subscription\s+@join__type\(graph: GATEHOUSE\)\s*\{[^}]*\bsessionEnded: SessionEnded!/,
    );
  });

  it('fails if the subgraphs disagree', async () => {
    const sdl = await printed();
    const tickets = (from: string, to: string) => () => withTickets(sdl, TICKETS_SDL.replace(from, to));
    const key = 'type User @key(fields: "id") {';
    expect(tickets(key, `${key} username: String!`)).toThrow(/Non-shareable field "User.username"/);
    expect(tickets(key, `${key} email: Int`)).toThrow(/"User.email"/);
    expect(tickets(`${key}\n    id: ID!`, 'type User {')).toThrow(/cannot .*"User.tickets"|"User.tickets"/s);
    expect(tickets('author: User', 'author: Person')).toThrow(/Person/);
  });

  it('adds @authenticated to every @auth if configured, and nowhere else', async () => {
    const routerSecret = secret();
    const gateway = await start({
      listen: true,
      env: { FEDERATION_AUTHENTICATED: 'true', ROUTER_SECRET: routerSecret },
    });
    const url = `${gateway.url}/graphql`;
    const sdl = await sdlOf(url, routerSecret);
    const namesWith = (directive: string) =>
      [...directivesIn(sdl)].flatMap(([name, directives]) => (directives.includes(directive) ? [name] : []));
    expect(namesWith('authenticated')).toEqual(namesWith('auth'));
    expect(namesWith('auth')).toEqual(expect.arrayContaining(['Query.me', 'User', 'User.email']));
    expect(namesWith('public')).toContain('Mutation.login');
    expect(withTickets(sdl)).toMatch(/type User[^{]*@authenticated/);
    expect(await printed()).not.toContain('@authenticated');

    // @apollo/gateway cannot enforce @authenticated and refuses to start. Therefore it is off by default.
    const subgraphs = [
      { name: 'gatehouse', url },
      { name: 'tickets', url: await startTickets([]) },
    ];
    await expect(startApolloGateway(subgraphs, routerSecret)).rejects.toThrow(/authenticated/);
  });
});
