import { beforeAll, describe, expect, it } from 'vitest';
import { login } from '../../support/accounts.js';
import {
  type Administered,
  member,
  type SignedInUser,
  startWithAdmin,
} from '../../support/administration.js';
import { describeOnPostgresFirst } from '../../support/backends.js';
import { expectCode, expectData, type Result } from '../../support/client.js';
import { codeOf } from '../../support/codes.js';
import type { Gateway } from '../../support/gateway.js';
import { millisecondsOf } from '../../support/timing.js';

const aliases = (count: number, selection: string) =>
  Array.from({ length: count }, (_, index) => `a${index}: ${selection}`).join(' ');

const entities = (selection: string) =>
  `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { ${selection} } } }`;

const median = (numbers: number[]) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

describeOnPostgresFirst('the cost of a request', ({ start }) => {
  let gateway: Gateway;
  let admin: SignedInUser;
  let attacker: SignedInUser;
  let other: SignedInUser & Administered;

  beforeAll(async () => {
    ({ gateway, admin } = await startWithAdmin(start));
    attacker = await member(gateway, admin);
    other = await member(gateway, admin);
  });

  const times = (count: number) =>
    Array.from({ length: count }, () => ({ __typename: 'User', id: attacker.id }));
  const run = (query: string, variables: unknown = {}, { token }: { token?: string } = attacker) =>
    gateway.client.runRaw(query, variables, token === undefined ? {} : { token });
  const refused = (result: Result<unknown>) => {
    expectCode(result, 'GRAPHQL_VALIDATION_FAILED');
    expect(result.status).toBe(400);
    expect(result.errors[0]?.message).toMatch(/fewer items/);
  };

  it('refuses aliases of lists with a hundred representations, and serves other users meanwhile', async () => {
    const attack = () => run(entities(aliases(15, 'sessions { id }')), { r: times(100) });
    refused(await attack());
    // The same for a caller who is not signed in.
    refused(await run(entities(aliases(15, 'sessions { id }')), { r: times(100) }, {}));

    const me = () =>
      millisecondsOf(async () => expectData(await run('{ me { id } }', {}, { token: other.token })));
    const signIn = () => millisecondsOf(async () => expectData(await login(gateway, other)));
    const quiet = { me: [await me(), await me(), await me()], login: [await signIn(), await signIn()] };
    let attacking = true;
    const attackers = Array.from({ length: 6 }, async () => {
      while (attacking) await attack();
    });
    const busy: typeof quiet = { me: [], login: [] };
    for (let round = 0; round < 10; round += 1) {
      busy.me.push(await me());
      busy.login.push(await signIn());
    }
    attacking = false;
    await Promise.all(attackers);
    expect(median(busy.me), JSON.stringify({ quiet, busy })).toBeLessThan(median(quiet.me) + 200);
    expect(median(busy.login), JSON.stringify({ quiet, busy })).toBeLessThan(median(quiet.login) * 3 + 400);
  });

  const over: Record<string, [query: string, variables?: Record<string, unknown>]> = {
    'aliases of lists in a fragment': [
      `query { ${aliases(15, 'me { ...S }')} } fragment S on User { ${'sessions { id userAgent expiresAt current remembered createdAt lastUsedAt ipAddress } '.repeat(2)} }`,
    ],
    'a page whose size is a variable': [
      'query ($n: Int) { users(first: $n) { nodes { sessions { id userAgent } } } }',
      { n: 100 },
    ],
    'a page whose size is a default': [
      'query ($n: Int = 100) { users(last: $n) { nodes { sessions { id userAgent } } } }',
    ],
    'pages in edges': ['{ users(first: 100) { edges { node { sessions { id userAgent } } } } }'],
    'a page whose size is out of range': [
      '{ users(first: 2000000000) { nodes { sessions { id userAgent } } } }',
    ],
    'representations in the document': [
      `{ _entities(representations: [${'{__typename:"User",id:"x"}'.repeat(90)}]) { ... on User { ${aliases(2, 'sessions { id }')} } } }`,
    ],
  };
  for (const [name, [query, variables]] of Object.entries(over)) {
    it(`counts ${name}, and refuses the query`, async () => refused(await run(query, variables)));
  }

  it('measures each fragment once: nested 22 deep, each spread twice', async () => {
    const nested = Array.from(
      { length: 22 },
      (_, n) => `fragment F${n} on User { ...F${n + 1} ...F${n + 1} }`,
    );
    const query = `{ me { ...F0 } } ${nested.join(' ')} fragment F22 on User { id }`;
    expectCode(await run(query), 'GRAPHQL_VALIDATION_FAILED');
    const once = nested.map((text) => text.replace(/ \.\.\.F\d+ \}/, ' }')).join(' ');
    expectData(await run(`{ me { ...F0 } } ${once} fragment F22 on User { id }`));
  });

  describe('allowed queries', () => {
    const USER = 'id username displayName email role isActive createdAt updatedAt lastLoginAt';
    const SESSION = 'id current remembered ipAddress userAgent createdAt lastUsedAt expiresAt';
    const allowed: Record<string, [query: string, variables?: () => Record<string, unknown>]> = {
      'an admin to list 100 users with their sessions': [
        `query ($n: Int!) { users(first: $n) { totalCount pageInfo { endCursor } nodes { ${USER} twoFactorEnabled lockedUntil sessions { ${SESSION.replace('userAgent', '')} } } } }`,
        () => ({ n: 100 }),
      ],
      'an admin to list a page of 20 with all session fields': [
        `{ users { nodes { ${USER} sessions { ${SESSION} } } } }`,
      ],
      'an admin to list 100 audit events with actor and subject': [
        `{ auditEvents(first: 100) { edges { cursor node { id type details createdAt actor { ${USER} } subject { ${USER} } } } } }`,
      ],
    };
    for (const [name, [query, variables = () => ({})]] of Object.entries(allowed)) {
      it(`allows ${name}`, async () => void expectData(await run(query, variables(), admin)));
    }

    it('allows users their own sessions, and 1,000 representations with a dozen fields', async () => {
      expectData(await run(`{ me { ${USER} sessions { ${SESSION} } } }`));
      expectData(await run(entities(`__typename ${USER} twoFactorEnabled`), { r: times(1000) }));
    });
  });

  it('accepts 1,500 representations of 100 different users over all aliases, and no more', async () => {
    const some = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ __typename: 'User', id: `${n}` }));
    const fields = async (r: unknown[], query = entities('id')) => {
      const { errors } = await run(query, { r });
      codeOf(errors);
      return errors.flatMap(({ extensions }) => extensions.fieldErrors?.map(({ field }) => field));
    };
    expect(await fields(some(100))).toEqual([]);
    expect(await fields(some(101))).toEqual(['representations']);
    expect(await fields([...some(100), ...some(100), ...some(100)])).toEqual([]);
    const twice = `query ($r: [_Any!]!) { a: _entities(representations: $r) { __typename } b: _entities(representations: $r) { __typename } }`;
    expect(await fields(times(750), twice)).toEqual([]);
    expect(await fields(times(751), twice)).toEqual(['representations']);
  });

  it('returns at most 20 errors of an executed request, and 5 of a refused one', async () => {
    const r = times(100).map((one) => ({ ...one, id: admin.id }));
    const executed = await run(entities('email role isActive'), { r });
    expect(executed.errors).toHaveLength(20);
    const wrong = Array.from({ length: 49 }, (_, n) => [`k${n}`, 1]);
    const input = {
      identifier: 1,
      password: 2,
      rememberMe: 3,
      tokenDelivery: 4,
      ...Object.fromEntries(wrong),
    };
    const variables = await run('mutation ($input: LoginInput!) { login(input: $input) { __typename } }', {
      input,
    });
    expect(expectCode(variables, 'BAD_USER_INPUT').fieldErrors?.length).toBeLessThanOrEqual(5);
    const fields = await run(`{ ${Array.from({ length: 100 }, (_, n) => `x${n}`).join(' ')} }`);
    expect(fields.errors).toHaveLength(5);
    const long = await run(`{ ${'x'.repeat(90_000)} }`);
    expect(JSON.stringify(long.errors).length).toBeLessThan(1000);
    expectCode(await run(`{ ${'x'.repeat(90_000)}: me { email } }`), 'GRAPHQL_VALIDATION_FAILED');
  });
});
