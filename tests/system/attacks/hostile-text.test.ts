import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { type SignedInUser, startWithAdmin } from '../../support/administration.js';
import { describeOnPostgresFirst } from '../../support/backends.js';
import type { Gateway } from '../../support/gateway.js';
import { blocking, fill, HOSTILE, places } from '../../support/hostile.js';
import { type Answer, send } from '../../support/http.js';

/** Work that is quadratic in 100 KB takes 400 ms or more. The rest is for slow machines. */
const MAX_BLOCKING_MS = 150;
/** The limit of a body is 100 KB; the rest is for the document around the text. */
const BYTES = 98_000;

const sdl = readFileSync(new URL('../../../schema/schema.graphql', import.meta.url), 'utf8');
const schema = buildSchema(sdl, { assumeValidSDL: true });

describeOnPostgresFirst('100 KB of hostile text', ({ start }) => {
  let gateway: Gateway;
  let admin: SignedInUser;

  beforeAll(async () => {
    ({ gateway, admin } = await startWithAdmin(start, {
      TRUST_PROXY: '127.0.0.0/8',
      LOCKOUT_THRESHOLD: '1000',
    }));
  });

  const post = (body: string, headers: Record<string, string> = {}) =>
    send(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });

  /** Sends a body, by default with the admin's token, and expects that it does not block the event loop for long. */
  async function expectHarmless(body: string, headers?: Record<string, string>) {
    let answer: Answer | undefined;
    const blocked = await blocking(
      gateway,
      async () => {
        answer = await post(body, headers ?? { authorization: `Bearer ${admin.token}` });
      },
      MAX_BLOCKING_MS,
    );
    // A refusal of the size would prove nothing.
    expect([413, 431]).not.toContain(answer?.status);
    expect(answer?.text.length).toBeLessThan(20_000);
    expect(answer?.text).not.toContain('INTERNAL_SERVER_ERROR');
    expect(blocked, `${blocked} ms: ${answer?.text.slice(0, 300)}`).toBeLessThanOrEqual(MAX_BLOCKING_MS);
    return answer as Answer;
  }

  describe('hostile text in each argument', () => {
    for (const { name, document, variables } of places(schema)) {
      it(`does not block the event loop: ${name}`, { timeout: 120_000 }, async () => {
        for (const unit of Object.values(HOSTILE)) {
          // A lone surrogate and a quote are sent as escapes, which take more bytes.
          const text = unit === '\\ud800' ? fill('\ud800', BYTES / 2) : fill(unit, BYTES / 2);
          const value = `a${text}`;
          const body = JSON.stringify({ query: document, variables: variables(value) });
          const longer = unit.includes('"') || unit.includes('\r') || unit === '\\ud800' ? body : undefined;
          const full = JSON.stringify({ query: document, variables: variables(`a${fill(unit, BYTES)}`) });
          await expectHarmless(longer ?? full, name.startsWith('logout') ? {} : undefined);
        }
      });
    }
  });

  const login = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
  const entities = 'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }';
  const bodies: Record<string, () => unknown> = {
    '49 keys that look like the path of an error': () => ({
      query: login,
      variables: {
        input: Object.fromEntries(
          Array.from({ length: 49 }, (_, n) => [`k${n}${' at "a"; '.repeat(180)}`, n]),
        ),
      },
    }),
    'one key': () => ({ query: login, variables: { input: { [fill(' at "a"; ', 70_000)]: 1 } } }),
    '6,500 keys': () => ({
      query: login,
      variables: { input: Object.fromEntries(Array.from({ length: 6500 }, (_, n) => [`k${n}`, n])) },
    }),
    'the name of an undeclared variable': () => ({
      query: login,
      variables: { [fill('a', BYTES)]: 1 },
    }),
    'deep lists': () => ({
      query: 'query ($f: UserFilter) { users(filter: $f) { totalCount } }',
      variables: { f: { roles: JSON.parse('['.repeat(3000) + ']'.repeat(3000)) } },
    }),
    'a list of many wrong values': () => ({
      query: 'query ($f: UserFilter) { users(filter: $f) { totalCount } }',
      variables: { f: { roles: Array.from({ length: 14_000 }, () => '""') } },
    }),
    'the id of a representation': () => ({
      query: entities,
      variables: { r: [{ __typename: 'User', id: fill('1', BYTES) }] },
    }),
    'the type of a representation': () => ({
      query: entities,
      variables: { r: [{ __typename: fill('User', BYTES) }] },
    }),
    'the keys of a representation, in 15 aliases': () => ({
      query: `query ($r: [_Any!]!) { ${Array.from({ length: 15 }, (_, n) => `a${n}: _entities(representations: $r) { __typename }`).join(' ')} }`,
      variables: {
        r: [
          { __typename: 'User', ...Object.fromEntries(Array.from({ length: 7000 }, (_, n) => [`k${n}`, n])) },
        ],
      },
    }),
    'the name of the operation': () => ({
      query: 'query a { __typename } query b { __typename }',
      operationName: fill('a', BYTES),
    }),
    extensions: () => ({ query: '{ __typename }', extensions: { [fill('a', BYTES)]: 1 } }),
  };
  for (const [name, body] of Object.entries(bodies)) {
    it(`does not block the event loop as ${name}`, async () =>
      void (await expectHarmless(JSON.stringify(body()))));
  }

  const a = fill('a', BYTES);
  const wrongFields = Array.from({ length: 400 }, (_, n) => `x${n}`).join(' ');
  const documents: Record<string, string> = {
    'a field': `{ ${a} }`,
    'an alias': `{ ${a}: me { email } }`,
    'an argument': `{ user(${a}: 1) { id } }`,
    'a string': `mutation { verifyEmail(token: "${a}") { email } }`,
    'a string of escapes': `mutation { verifyEmail(token: "${fill('\\u0022', 75_000)}") { email } }`,
    'a block string': `mutation { verifyEmail(token: """${fill(' \n', BYTES / 2)}""") { email } }`,
    'an unterminated string': `mutation { verifyEmail(token: "${a}`,
    'a string of the wrong type': `{ users(first: "${a}") { totalCount } }`,
    'a number': `{ users(first: ${fill('1', BYTES)}) { totalCount } }`,
    'an enum value': `{ users(filter: { roles: [${a}] }) { totalCount } }`,
    'an input field': `{ users(filter: { ${a}: 1 }) { totalCount } }`,
    'a variable': `query ($${a.slice(0, 45_000)}: Int) { users(first: $${a.slice(0, 45_000)}) { totalCount } }`,
    'a type': `query ($x: ${a}) { __typename }`,
    'a directive': `{ me @${a} { id } }`,
    'a fragment': `{ me { ...${a.slice(0, 45_000)} } } fragment ${a.slice(0, 45_000)} on User { id }`,
    'the name of the operation': `query ${a} { __typename }`,
    'a comment': `# ${a}\n{ __typename }`,
    comments: `${fill('#\n', BYTES / 2)}{ __typename }`,
    commas: `${fill(',', BYTES)}{ __typename }`,
    'an invalid character': `{ ${fill('\u0000', 10_000)} }`,
    'empty lines before 400 unknown fields': `${fill('\n', 45_000)}{ ${wrongFields} }`,
    'deep selections': `${'{ me '.repeat(480)}{ id }${' }'.repeat(480)}`,
    'deep lists': `{ users(filter: { roles: ${'['.repeat(480)}${']'.repeat(480)} }) { totalCount } }`,
    'the same field 900 times': `{ ${'__typename '.repeat(900)} }`,
    'mutually recursive fragments': `{ me { ...F0 } } ${Array.from({ length: 80 }, (_, n) => `fragment F${n} on User { ...F${(n + 1) % 80} ...F${(n + 7) % 80} }`).join(' ')}`,
  };
  for (const [name, query] of Object.entries(documents)) {
    it(`does not block the event loop in the document as ${name}`, async () =>
      void (await expectHarmless(JSON.stringify({ query }))));
  }

  it('does not block the event loop in the document before fields that fail for 100 representations', async () => {
    const query = `${fill('\n', 40_000)} query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { email role isActive } } }`;
    const r = Array.from({ length: 100 }, () => ({ __typename: 'User', id: admin.id }));
    await expectHarmless(JSON.stringify({ query, variables: { r } }), {});
  });

  describe('hostile text in each header, up to the limit of Node.js', () => {
    const headers = [
      'authorization',
      'cookie',
      'origin',
      'accept',
      'accept-encoding',
      'content-type',
      'user-agent',
      'x-forwarded-for',
      'x-router-secret',
      'apollo-require-preflight',
      'x-request-id',
      'host',
    ];
    const units = [
      ' ',
      ',',
      ';',
      '"',
      'a=b;',
      'a/b;',
      'bearer ',
      '1.1.1.1,',
      '[',
      ':',
      '/',
      '%',
      'q=0,',
      '\\',
    ];
    const body = JSON.stringify({ query: '{ __typename }' });
    for (const name of headers) {
      it(`does not block the event loop: ${name}`, { timeout: 120_000 }, async () => {
        for (const unit of units) {
          for (const value of [fill(unit, 14_000), `bearer ${fill(unit, 14_000)}x`]) {
            await expectHarmless(body, { [name]: value.trim() || 'x' });
          }
        }
      });
    }

    it('does not block the event loop in a preflight request', async () => {
      const ask = () =>
        send(`${gateway.url}/graphql`, {
          method: 'OPTIONS',
          headers: {
            origin: gateway.url,
            'access-control-request-method': 'POST',
            'access-control-request-headers': fill('a,', 14_000),
          },
        });
      expect(await blocking(gateway, ask, MAX_BLOCKING_MS)).toBeLessThanOrEqual(MAX_BLOCKING_MS);
    });
  });
});
