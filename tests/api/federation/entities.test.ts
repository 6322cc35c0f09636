import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { as, type Cast, castOf, type Member } from '../../support/cast.js';
import { expectCode, expectData } from '../../support/client.js';
import { codeOf } from '../../support/codes.js';
import { type Gateway, secret } from '../../support/gateway.js';
import { describeOnPostgres } from '../../support/in-process.js';

const ENTITIES = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) { __typename ... on User { id username } }
}`;

const user = (id: unknown) => ({ __typename: 'User', id });

describeOnPostgres('_entities', ({ start }) => {
  const routerSecret = secret();
  const asRouter = { 'x-router-secret': routerSecret };
  let gateway: Gateway;
  let cast: Cast;

  beforeAll(async () => {
    gateway = await start({ env: { ROUTER_SECRET: routerSecret } });
    cast = await castOf(gateway);
  });

  const entities = (representations: unknown, member: Member = 'other', query = ENTITIES) =>
    gateway.client.runRaw(query, { representations }, { ...as(cast, member), headers: asRouter });

  describe('_entities without the router secret', () => {
    const bad: Record<string, Record<string, string>> = {
      none: {},
      empty: { 'x-router-secret': '' },
      wrong: { 'x-router-secret': secret() },
      truncated: { 'x-router-secret': routerSecret.slice(0, -1) },
      'too long': { 'x-router-secret': `${routerSecret}x` },
    };
    for (const [name, headers] of Object.entries(bad)) {
      it(`is refused to an admin, like _service: ${name}`, async () => {
        const options = { ...as(cast, 'admin'), headers };
        const variables = { representations: [user(cast.admin.id)] };
        expectCode(await gateway.client.runRaw(ENTITIES, variables, options), 'FORBIDDEN');
        expectCode(await gateway.client.runRaw('{ _service { sdl } }', {}, options), 'FORBIDDEN');
        expectData(await gateway.client.runRaw('{ me { id } }', {}, options));
      });
    }
  });

  it('answers in the order of the representations, with null for unknown users', async () => {
    const { customer, staff } = cast;
    const data = expectData(
      await entities([user(staff.id), user(randomUUID()), user(customer.id.toUpperCase()), user(staff.id)]),
    );
    const shown = ({ id, username }: { id: string; username: string }) => ({
      __typename: 'User',
      id,
      username,
    });
    expect(data).toEqual({ _entities: [shown(staff), null, shown(customer), shown(staff)] });
  });

  it('does not reveal to an anonymous caller which ids exist', async () => {
    const query = ENTITIES.replace('... on User { id username }', '');
    const there = await entities([user(cast.customer.id)], 'nobody', query);
    const notThere = await entities([user(randomUUID())], 'nobody', query);
    expectCode(there, 'UNAUTHENTICATED');
    expect(there.data).toEqual({ _entities: [null] });
    expect([there.data, there.errors]).toEqual([notThere.data, notThere.errors]);
  });

  describe('a malformed representation', () => {
    const ids: Record<string, unknown> = {
      'no id': undefined,
      null: null,
      'not a UUID': 'ada',
      empty: '',
      NUL: 'a\0b',
      SQL: "' or 1=1 --",
      braces: `${randomUUID()},${randomUUID()}`,
      'a number': 1,
      'an object': { $ne: null },
      'an array': [randomUUID()],
    };
    for (const [name, id] of Object.entries(ids)) {
      it(`is answered with null if its id is: ${name}`, async () => {
        expect(expectData(await entities([user(id)]))).toEqual({ _entities: [null] });
      });
    }

    const others: Record<string, unknown> = {
      'an unknown type': { __typename: 'Nobody', id: '1' },
      'a type that is not an entity': { __typename: 'Session', id: '1', ipAddress: '127.0.0.1' },
      'an operation type': { __typename: 'Query' },
      'an input type': { __typename: 'LoginInput' },
      'a prototype': { __typename: '__proto__', id: '1' },
      'no type': { id: '1' },
      'an object as its type': { __typename: { a: 1 }, id: '1' },
      'a string': 'User',
      'a number': 1,
      'an array': [user(randomUUID())],
    };
    for (const [name, representation] of Object.entries(others)) {
      it(`is answered with BAD_USER_INPUT: ${name}`, async () => {
        expectCode(await entities([representation]), 'BAD_USER_INPUT');
      });
    }

    it.each([null, 'User', {}, [null], [[null]]])(
      'is answered with BAD_USER_INPUT if the list is %j',
      async (list) => {
        expect(codeOf((await entities(list)).errors)).toBe('BAD_USER_INPUT');
      },
    );
  });

  it('accepts a hundred different representations per request, over all aliases, and no more', async () => {
    const some = (length: number, from = 0) => Array.from({ length }, (_, n) => user(`${from + n}`));
    expectData(await entities(some(100)));
    const { fieldErrors } = expectCode(await entities(some(101)), 'BAD_USER_INPUT');
    expect(fieldErrors).toMatchObject([{ field: 'representations' }]);
    const twice = `query ($representations: [_Any!]!, $others: [_Any!]!) {
      a: _entities(representations: $representations) { __typename }
      b: _entities(representations: $others) { __typename }
    }`;
    const both = (representations: unknown, others: unknown) =>
      gateway.client.runRaw(twice, { representations, others }, { ...as(cast, 'other'), headers: asRouter });
    expectData(await both(some(50), some(50, 50)));
    expectData(await both(some(100), some(100)));
    expect(codeOf((await both(some(51), some(50, 51))).errors)).toBe('BAD_USER_INPUT');
  });
});
