import { beforeAll, describe, expect, it } from 'vitest';
import { registerAndVerify } from '../../support/accounts.js';
import { as, type Cast, castOf, clone, MEMBERS, type Member, ROLES } from '../../support/cast.js';
import type { Result } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgres } from '../../support/in-process.js';
import { startEvilProvider } from '../../support/openid-evil.js';
import { settingsOf } from '../../support/openid-provider.js';
import { openSocket, subscribe } from '../../support/sockets.js';
import { type Answer, FIELDS, OPEN_TYPES, OPERATIONS, RECENT } from './matrix.js';
import { PROVIDER, REQUESTS } from './operations.js';
import {
  entities,
  guardedFields,
  openTypes,
  operations,
  recentOperations,
  selectionOf,
} from './printed-schema.js';

const CODES: Record<Answer, string[]> = { yes: [], 'sign-in': ['UNAUTHENTICATED'], no: ['FORBIDDEN'] };

const expectAnswer = (result: Result<unknown>, answer: Answer) =>
  expect(
    result.errors.map(({ extensions, message }) => extensions.code ?? message),
    JSON.stringify(result.data),
  ).toEqual(CODES[answer]);

describe('the authorization matrix', () => {
  it('has every operation, and a request for each', () => {
    const named = Object.keys(OPERATIONS).map((row) => row.replace(/ \(.*$/, ''));
    expect(new Set(named)).toEqual(new Set(operations()));
    expect(Object.keys(REQUESTS).toSorted()).toEqual(Object.keys(OPERATIONS).toSorted());
  });

  it('has every operation that needs a recent authentication', () => {
    expect(RECENT).toEqual(expect.arrayContaining(recentOperations()));
    expect(Object.keys(OPERATIONS)).toEqual(expect.arrayContaining(RECENT));
  });

  it('has every field of every guarded type', () => {
    expect(Object.keys(FIELDS).toSorted()).toEqual(guardedFields().toSorted());
  });

  it('lists every type that a public operation returns without a guard', () => {
    expect(openTypes().toSorted()).toEqual(OPEN_TYPES);
  });

  it('guards every entity', () => {
    const guarded = new Set(guardedFields().map((field) => field.split('.')[0]));
    expect(entities().filter((type) => !guarded.has(type))).toEqual([]);
  });
});

describeOnPostgres('every operation', ({ start }) => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await start({ listen: true, env: settingsOf(await startEvilProvider(PROVIDER)) });
    await registerAndVerify(gateway);
  });

  for (const [row, answers] of Object.entries(OPERATIONS)) {
    it.each(MEMBERS.map((member) => [member, answers[member]] as const))(
      `answers ${row} by %s: %s`,
      async (member, answer) => {
        const customer = await clone(gateway, 'CUSTOMER');
        const isSomeoneElse = member !== 'nobody' && member !== 'customer';
        const caller = isSomeoneElse ? await clone(gateway, ROLES[member]) : customer;
        const request = (await REQUESTS[row]?.({ gateway, customer, caller })) ?? '';
        const token = member === 'nobody' ? undefined : caller.token;
        if (row.startsWith('Subscription.'))
          expect(await subscriptionAnswer(gateway, request, token)).toBe(answer);
        else
          expectAnswer(
            await gateway.client.runRaw(request, {}, token === undefined ? {} : { token }),
            answer,
          );
      },
    );
  }
});

describeOnPostgres('every operation, an hour after the sign-in', ({ start }) => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await start({ env: settingsOf(await startEvilProvider(PROVIDER)) });
    await registerAndVerify(gateway);
  });

  it.each(
    Object.entries(OPERATIONS)
      .filter(([row, { admin }]) => admin === 'yes' && !row.startsWith('Subscription.'))
      .map(([row]) => [RECENT.includes(row) ? 'refuses' : 'runs', row] as const),
  )('%s %s by an admin', async (answer, row) => {
    const [customer, caller] = await Promise.all([clone(gateway, 'CUSTOMER'), clone(gateway, 'ADMIN')]);
    const request = (await REQUESTS[row]?.({ gateway, customer, caller })) ?? '';
    await openDatabase(gateway)`
      update sessions set authenticated_at = now() - interval '1 hour' where id = ${caller.sessionId}`;
    const { errors } = await gateway.client.runRaw(request, {}, { token: caller.token });
    const expected = answer === 'refuses' ? ['REAUTHENTICATION_REQUIRED'] : [];
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(expected);
  });
});

/** The gateway closes a connection without a token, so the close code is the answer to it. */
async function subscriptionAnswer(
  gateway: Gateway,
  query: string,
  token: string | undefined,
): Promise<Answer> {
  const socket = await openSocket(gateway);
  const payload = token === undefined ? {} : { authorization: `Bearer ${token}` };
  socket.send({ type: 'connection_init', payload });
  if (token === undefined) return (await socket.closed).code === 4401 ? 'sign-in' : 'yes';
  await socket.message('connection_ack');
  subscribe(socket, '1', { query });
  socket.send({ type: 'ping' });
  await socket.message('pong');
  socket.socket.terminate();
  return socket.messages.some(({ id }) => id === '1') ? 'no' : 'yes';
}

/** How a member can query the customer without `_entities`. */
const PATHS: Partial<Record<Member, string[]>> = {
  nobody: ['me'],
  customer: ['me'],
  staff: ['user(id: $id)'],
  admin: ['user(id: $id)', 'users(filter: { search: $name }) { nodes'],
};

describeOnPostgres('every field of a guarded type', ({ start }) => {
  let gateway: Gateway;
  let cast: Cast;

  beforeAll(async () => {
    gateway = await start();
    cast = await castOf(gateway);
  });

  const run = (member: Member, query: string, variables: unknown) =>
    gateway.client.runRaw(query, variables, as(cast, member));

  for (const [row, answers] of Object.entries(FIELDS)) {
    const [type = '', field = ''] = row.split('.');
    for (const member of MEMBERS) {
      const answer = answers[member];
      it(`answers ${row} by ${member}: ${answer}`, async () => {
        const select = selectionOf(type, field);
        const { id, username: name } = cast.customer;

        const query = `query ($all: [_Any!]!) { _entities(representations: $all) { ... on ${type} { ${select} } } }`;
        const entity = await run(member, query, { all: [{ __typename: type, id }] });
        expectAnswer(entity, answer);
        if (answer === 'yes') {
          expect(entity.data).toEqual({
            _entities: [{ [field]: expect.toSatisfy((value) => value !== undefined) }],
          });
        }

        for (const path of PATHS[member] ?? []) {
          const closing = path.includes('{') ? '}' : '';
          const uses = `${path.includes('$id') ? '$id: ID!' : ''}${path.includes('$name') ? '$name: String' : ''}`;
          const head = uses ? `query (${uses})` : '';
          const query = `${head} { ${path} { ${select} } ${closing} }`;
          expectAnswer(await run(member, query, { id, name }), answer);
        }
      });
    }
  }
});
