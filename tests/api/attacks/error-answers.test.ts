import { beforeAll, describe, expect, it } from 'vitest';
import { expectCode } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { startGateway } from '../../support/in-process.js';

const LOGIN = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
const REGISTER = 'mutation ($input: RegisterInput!) { register(input: $input) { email } }';
const USERS =
  'query ($filter: UserFilter, $first: Int) { users(filter: $filter, first: $first) { totalCount } }';
const SECRET = 'hunter2-hunter2';

describe('the response to a request that is not executed', () => {
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
    ['a number for a text', LOGIN, { input: { identifier: 'a', password: 4711 } }, [['password', /text/]]],
    ['a list for a text', LOGIN, { input: { identifier: ['a'], password: 'b' } }, [['identifier', /text/]]],
    [
      'two invalid fields',
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
      'an unknown field',
      LOGIN,
      { input: { identifier: 'a', password: 'b', [SECRET]: 1 } },
      [['input', /does not exist/]],
    ],
    [
      'an unknown enum value',
      LOGIN,
      { input: { identifier: 'a', password: 'b', tokenDelivery: SECRET } },
      [['tokenDelivery', /allowed values/]],
    ],
    ['a text for an input', LOGIN, { input: SECRET }, [['input', /object/]]],
    ['a missing input', LOGIN, {}, [['input', /required/]]],
    [
      'an invalid list item',
      USERS,
      { filter: { roles: ['ADMIN', SECRET] } },
      [['roles.1', /allowed values/]],
    ],
    ['an invalid date', USERS, { filter: { createdAfter: SECRET } }, [['createdAfter', /date/]]],
    ['an invalid number', USERS, { first: SECRET }, [['first', /number/]]],
    [
      'a key of the object prototype',
      LOGIN,
      { input: { identifier: 'a', password: 'b', constructor: 1 } },
      [['input', /does not exist/]],
    ],
  ];
  for (const [what, query, given, faults] of variables) {
    it(`names the field and the expected value: ${what}`, async () => {
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

  it('accepts defaults of variables and input fields, and null for nullable variables', async () => {
    const query = `mutation ($input: LoginInput! = { identifier: "a", password: "b" }) { login(input: $input) { __typename } }`;
    for (const given of [{}, { input: { identifier: 'a', password: 'b' } }])
      expectCode(await gateway.client.runRaw(query, given), 'INVALID_CREDENTIALS');
    expectCode(await gateway.client.runRaw(USERS, { filter: null, first: null }), 'UNAUTHENTICATED');
    expectCode(await gateway.client.runRaw(USERS, { filter: { roles: 'ADMIN' } }), 'UNAUTHENTICATED');
  });

  it('answers BAD_USER_INPUT if an argument turns out invalid only when its field runs', async () => {
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
    it(`does not repeat values from the document: ${query}`, async () => {
      const { errors } = await gateway.client.runRaw(query);
      expect(errors.map(({ extensions }) => extensions.code)).toContain('GRAPHQL_VALIDATION_FAILED');
      expect(JSON.stringify(errors)).not.toMatch(/hunter2/);
      expect(errors[0]).toMatchObject({ locations: [{ line: 1 }] });
    });
  }

  it('names the wrong field, argument or type, and its position', async () => {
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
