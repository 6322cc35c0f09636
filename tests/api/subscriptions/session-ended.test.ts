import { createClient } from 'graphql-ws';
import { beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  ChangePasswordDocument,
  LogoutDocument,
  RequestPasswordResetDocument,
} from '../../generated/graphql.js';
import { registerAndVerify, STRONG_PASSWORD, signIn } from '../../support/accounts.js';
import { redeem, type SignedInUser, startWithAdmin } from '../../support/administration.js';
import { expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgres, describeOnPostgresFirst } from '../../support/in-process.js';
import { tokenIn } from '../../support/mailbox.js';
import { logout, me, refresh, type Session } from '../../support/sessions.js';
import { connect, endedBy, introduce, listen, SESSION_ENDED, subscribe } from '../../support/sockets.js';
import { until } from '../../support/wait.js';

const NEW_PASSWORD = 'AnotherPassword456?';

interface Scene {
  readonly gateway: Gateway;
  readonly admin: string;
  readonly account: { readonly username: string; readonly email: string };
  readonly userId: string;
  readonly session: Session;
  /** Another session of the same user. */
  readonly other: Session;
}

const run = async (gateway: Gateway, token: string, mutation: string) =>
  expectData(await gateway.client.runRaw(`mutation { ${mutation} }`, {}, { token }));

/** Each operation that ends the session of the scene, and the reason that its client learns. */
const ENDINGS: readonly (readonly [string, string, (scene: Scene) => Promise<unknown>])[] = [
  ['logout', 'LOGGED_OUT', ({ gateway, session }) => logout(gateway, session)],
  [
    'logout everywhere',
    'LOGGED_OUT',
    ({ gateway, other }) => run(gateway, other.accessToken, 'logout(everywhere: true) { success }'),
  ],
  [
    'revokeSession',
    'REVOKED',
    ({ gateway, session, other }) =>
      run(gateway, other.accessToken, `revokeSession(id: "${session.session.id}") { success }`),
  ],
  [
    'revokeOtherSessions',
    'REVOKED',
    ({ gateway, other }) => run(gateway, other.accessToken, 'revokeOtherSessions { success }'),
  ],
  [
    'revokeUserSessions',
    'REVOKED',
    ({ gateway, admin, userId }) => run(gateway, admin, `revokeUserSessions(id: "${userId}") { success }`),
  ],
  [
    'changePassword',
    'PASSWORD_CHANGED',
    async ({ gateway, other }) => {
      const input = {
        currentPassword: STRONG_PASSWORD,
        newPassword: NEW_PASSWORD,
        confirmPassword: NEW_PASSWORD,
      };
      expectData(await gateway.client.run(ChangePasswordDocument, { input }, { token: other.accessToken }));
    },
  ],
  [
    'resetPassword',
    'PASSWORD_RESET',
    async ({ gateway, account: { email } }) => {
      expectData(await gateway.client.run(RequestPasswordResetDocument, { email }));
      const mail = await gateway.mail.waitForMail(email, ({ text }) =>
        text.includes('/reset-password?token='),
      );
      const token = tokenIn(mail);
      expectData(await redeem(gateway, token, NEW_PASSWORD));
    },
  ],
  [
    'the reuse of a refresh token',
    'TOKEN_REUSED',
    async ({ gateway, session }) => {
      expectData(await refresh(gateway, session));
      expect((await refresh(gateway, session)).errors[0]?.extensions.code).toBe('TOKEN_INVALID');
    },
  ],
  [
    'deactivateUser',
    'DEACTIVATED',
    ({ gateway, admin, userId }) => run(gateway, admin, `deactivateUser(id: "${userId}") { id }`),
  ],
  [
    'updateUser with another role',
    'ROLE_CHANGED',
    ({ gateway, admin, userId }) =>
      run(gateway, admin, `updateUser(id: "${userId}", input: { role: STAFF }) { id }`),
  ],
];

describeOnPostgresFirst('sessionEnded', ({ start }) => {
  let gateway: Gateway;
  let admin: SignedInUser;

  beforeAll(async () => {
    const listening: typeof start = (options) => start({ ...options, listen: true });
    ({ gateway, admin } = await startWithAdmin(listening, { REFRESH_GRACE_SECONDS: '0' }));
  });

  const scene = async (): Promise<Scene> => {
    const account = await registerAndVerify(gateway);
    const session = await signIn(gateway, account);
    const other = await signIn(gateway, account);
    return { gateway, admin: admin.token, account, userId: session.user.id, session, other };
  };

  it.each(ENDINGS)('tells %s as %s, is complete, and the connection closes with 4403', async (...ending) => {
    const [, reason, endIt] = ending;
    const here = await scene();
    const socket = await listen(here.gateway, here.session);
    const before = Date.now();
    await endIt(here);
    const { code, types, event } = await endedBy(socket);
    expect({ code, types }).toEqual({ code: 4403, types: ['next', 'complete'] });
    expect(event).toMatchObject({ reason, sessionId: here.session.session.id });
    expect(Math.abs(Date.parse(event?.endedAt ?? '') - before)).toBeLessThan(10_000);
    expect(await socket.closed).toEqual({ code: 4403, reason });
  });

  it('is told to a client of the library graphql-ws, which then does not connect again', async () => {
    const { session } = await scene();
    let connections = 0;
    const client = createClient({
      url: `ws://127.0.0.1:${gateway.port}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${session.accessToken}` },
      on: { connected: () => (connections += 1) },
    });
    const events = client.iterate({ query: SESSION_ENDED });
    const first = events.next();
    await until('the connection', () => connections === 1);
    expectData(await logout(gateway, session));
    expect((await first).value).toMatchObject({ data: { sessionEnded: { reason: 'LOGGED_OUT' } } });
    expect((await events.next()).done).toBe(true);
    await client.dispose();
    expect(connections).toBe(1);
  });

  it('comes to every subscription and connection of the session, and to no other session', async () => {
    const { session, other } = await scene();
    const sockets = await Promise.all([listen(gateway, session), listen(gateway, session)]);
    subscribe(sockets[0], 'second');
    const untouched = await listen(gateway, other);
    expectData(await logout(gateway, session));
    const [first, second] = await Promise.all(sockets.map(endedBy));
    expect(first?.types.toSorted()).toEqual(['complete', 'complete', 'next', 'next']);
    expect(second?.types).toEqual(['next', 'complete']);
    expect(untouched.end).toBeUndefined();
    expect(untouched.messages.map(({ type }) => type)).toEqual(['connection_ack', 'pong']);
    untouched.socket.terminate();
  });

  it('closes a connection without a subscription too', async () => {
    const { session } = await scene();
    const socket = await connect(gateway, session);
    expectData(await logout(gateway, session));
    expect(await socket.closed).toEqual({ code: 4403, reason: 'LOGGED_OUT' });
  });

  it('does not come after the client has completed the subscription', async () => {
    const { session } = await scene();
    const socket = await listen(gateway, session);
    socket.send({ id: '1', type: 'complete' });
    subscribe(socket, '2');
    expectData(await logout(gateway, session));
    expect((await endedBy(socket)).code).toBe(4403);
    expect(socket.messages.filter(({ id }) => id === '1')).toEqual([]);
    expect(socket.messages.filter(({ id }) => id === '2').map(({ type }) => type)).toEqual([
      'next',
      'complete',
    ]);
  });

  it('is not missed by a client that connects at the moment of the end, 20 times', async () => {
    const account = await registerAndVerify(gateway);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, async (_, round) => {
        const session = await signIn(gateway, account);
        const connecting = introduce(gateway, session.accessToken);
        // From far before the check of the token to after the acknowledgement.
        await new Promise((resolve) => setTimeout(resolve, round * 3));
        await logout(gateway, session);
        const { code, reason } = await (await connecting).closed;
        return `${code} ${reason}`;
      }),
    );
    for (const outcome of outcomes) expect(['4401 SESSION_REVOKED', '4403 LOGGED_OUT']).toContain(outcome);
  });

  it('follows the session when the access token expires', async () => {
    const gateway = await start({ listen: true });
    const session = await signIn(gateway, await registerAndVerify(gateway));
    const socket = await listen(gateway, session);
    await gateway.clock.reach(gateway.clock.now() + 31 * 60_000);
    expect((await me(gateway, session)).errors[0]?.extensions.reason).toBe('TOKEN_EXPIRED');
    expect((await (await introduce(gateway, session.accessToken)).closed).reason).toBe('TOKEN_EXPIRED');
    subscribe(socket, 'later');
    socket.send({ type: 'ping' });
    await until('the second pong', () => socket.messages.filter(({ type }) => type === 'pong').length === 2);
    expect(socket.end).toBeUndefined();
    expectData(await gateway.client.run(LogoutDocument, { refreshToken: session.refreshToken }));
    const { code, types } = await endedBy(socket);
    expect({ code, types: types.toSorted() }).toEqual({
      code: 4403,
      types: ['complete', 'complete', 'next', 'next'],
    });
  });
});

describeOnPostgres('the expiry of a session', ({ start }) => {
  it('is told as EXPIRED at its time', async () => {
    const gateway = await start({ listen: true });
    const session = await signIn(gateway, await registerAndVerify(gateway));
    await openDatabase(gateway)`
      update sessions set expires_at = now() + interval '1.2 seconds' where id = ${session.session.id}`;
    const socket = await listen(gateway, session);
    const { code, types, event } = await endedBy(socket);
    expect({ code, types }).toEqual({ code: 4403, types: ['next', 'complete'] });
    expect(event?.reason).toBe('EXPIRED');
    const late = Date.now() - Date.parse(event?.endedAt ?? '');
    expect(late).toBeGreaterThanOrEqual(-50);
    expect(late).toBeLessThan(1000);
  });
});
