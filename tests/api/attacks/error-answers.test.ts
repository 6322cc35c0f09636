import { beforeAll, describe, expect, it } from 'vitest';
import { expectCode } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { startGateway } from '../../support/in-process.js';

const LOGIN = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
const REGISTER = 'mutation ($input: RegisterInput!) { register(input: $input) { email } }';
const USERS =
  'query ($filter: UserFilter, $first: Int) { users(filter: $filter, first: $first) { totalCount } }';
const SECRET = 'hunter2-hunter2';

describe('an answer to a request that is not executed', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });

  const variables: [
    what: string,
    query: string,
    given: unknown,
    faults: [field: string, message: RegExp][],
  ][] = [
    [
      'a text that is a number',
      LOGIN,
      { input: { identifier: 'a', password: 4711 } },
      [['password', /text/]],
    ],
    [
      'a text that is a list',
      LOGIN,
      { input: { identifier: ['a'], password: 'b' } },
      [['identifier', /text/]],
    ],
    [
      'two faults',
      LOGIN,
      { input: { identifier: 1, password: 'b', rememberMe: SECRET } },
      [
        ['identifier', /text/],
        ['rememberMe', /true or false/],
      ],
    ],
    [
      'missing fields',
      REGISTER,
      { input: { username: 'a', email: null } },
      [
        ['email', /required/],
        ['password', /required/],
        ['confirmPassword', /required/],
      ],
    ],
    [
      'a field that does not exist',
      LOGIN,
      { input: { identifier: 'a', password: 'b', [SECRET]: 1 } },
      [['input', /does not exist/]],
    ],
    [
      'an enum value',
      LOGIN,
      { input: { identifier: 'a', password: 'b', tokenDelivery: SECRET } },
      [['tokenDelivery', /allowed values/]],
    ],
    ['an input that is a text', LOGIN, { input: SECRET }, [['input', /object/]]],
    ['an input that is missing', LOGIN, {}, [['input', /required/]]],
    ['an item of a list', USERS, { filter: { roles: ['ADMIN', SECRET] } }, [['roles.1', /allowed values/]]],
    ['a date', USERS, { filter: { createdAfter: SECRET } }, [['createdAfter', /date/]]],
    ['a number', USERS, { first: SECRET }, [['first', /number/]]],
    [
      'a key of a prototype',
      LOGIN,
      { input: { identifier: 'a', password: 'b', constructor: 1 } },
      [['input', /does not exist/]],
    ],
  ];
  for (const [what, query, given, faults] of variables) {
    it(`names the field and what it needs: ${what}`, async () => {
      const result = await gateway.client.runRaw(query, given);
      const { fieldErrors } = expectCode(result, 'BAD_USER_INPUT');
      expect(fieldErrors).toEqual(
        faults.map(([field, message]) => ({ field, message: expect.stringMatching(message) })),
      );
      expect(result.status).toBe(400);
      expect(JSON.stringify(result.errors)).not.toContain(SECRET);
      expect(gateway.logs()).not.toContain(SECRET);
    });
  }

  it('accepts defaults of variables and of input fields, and null for what may be null', async () => {
    const query = `mutation ($input: LoginInput! = { identifier: "a", password: "b" }) { login(input: $input) { __typename } }`;
    for (const given of [{}, { input: { identifier: 'a', password: 'b' } }])
      expectCode(await gateway.client.runRaw(query, given), 'INVALID_CREDENTIALS');
    expectCode(await gateway.client.runRaw(USERS, { filter: null, first: null }), 'UNAUTHENTICATED');
    expectCode(await gateway.client.runRaw(USERS, { filter: { roles: 'ADMIN' } }), 'UNAUTHENTICATED');
  });

  it('is BAD_USER_INPUT too if an argument turns out unfit only when its field is executed', async () => {
    const query = `mutation ($p: String = "x") { login(input: { identifier: "a", password: $p }) { __typename } }`;
    expectCode(await gateway.client.runRaw(query, { p: null }), 'BAD_USER_INPUT');
    expectCode(
      await gateway.client.runRaw('mutation ($t: String = "x") { verifyEmail(token: $t) { email } }', {
        t: null,
      }),
      'BAD_USER_INPUT',
    );
    expect(gateway.logs()).not.toContain('unexpected error');
  });

  const literals = [
    `mutation { login(input: { identifier: "a", password: ["${SECRET}"] }) { __typename } }`,
    `mutation { login(input: { identifier: "a", password: { x: "${SECRET}" } }) { __typename } }`,
    `mutation { login(input: "${SECRET}") { __typename } }`,
    `mutation { login(input: { identifier: "a", password: hunter2_hunter2 }) { __typename } }`,
    `query ($filter: UserFilter = { search: ["${SECRET}"], roles: "${SECRET}" }) { users(filter: $filter) { totalCount } }`,
    `{ users(first: "${SECRET}") { totalCount } }`,
    `{ users(filter: { createdAfter: "${SECRET}" }) { totalCount } }`,
  ];
  for (const query of literals) {
    it(`does not repeat values of the document: ${query}`, async () => {
      const { errors } = await gateway.client.runRaw(query);
      expect(errors.map(({ extensions }) => extensions.code)).toContain('GRAPHQL_VALIDATION_FAILED');
      expect(JSON.stringify(errors)).not.toMatch(/hunter2/);
      expect(errors[0]).toMatchObject({ locations: [{ line: 1 }] });
    });
  }

  it('tells developers which field, argument or type is wrong, and where', async () => {
    for (const [query, text] of [
      ['{ me { emial } }', 'Cannot query field "emial" on type "User"'],
      ['{ user(name: 1) { id } }', 'Unknown argument "name"'],
      ['{ user { id } }', 'argument "id" of type "ID!" is required'],
      ['{ me }', 'must have a selection of subfields'],
    ] as const) {
      const { errors } = await gateway.client.runRaw(query);
      expect(errors[0]?.message).toContain(text);
    }
    const syntax = await gateway.client.runRaw(`{\n  me { id ${SECRET} "${SECRET}" }`);
    expectCode(syntax, 'GRAPHQL_PARSE_FAILED');
    expect(syntax.errors[0]).toMatchObject({ locations: [{ line: 2 }] });
    expect(JSON.stringify(syntax.errors)).not.toContain('hunter2');
    const unknown = await gateway.client.runRaw('query a { me { id } } query b { me { id } }');
    expectCode(unknown, 'BAD_REQUEST');
  });
});
