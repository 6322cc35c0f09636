import { beforeAll, expect, it } from 'vitest';
import { RevokeOtherSessionsDocument, RevokeSessionDocument } from '../../generated/graphql.js';
import { type Account, registerAndVerify, signIn } from '../../support/accounts.js';
import { describeOnBackends, describeOnPostgres, describeOnRedis } from '../../support/backends.js';
import { expectCode, expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import { type Gateway, startGateway } from '../../support/gateway.js';
import { flushRedis } from '../../support/services.js';
import { millisecondsAccepted } from '../../support/session-ends.js';
import { logout, me, refresh, type Session } from '../../support/sessions.js';

async function expectDead(gateway: Gateway, session: Session) {
  expect(expectCode(await me(gateway, session), 'UNAUTHENTICATED').reason).toBe('SESSION_REVOKED');
  expectCode(await refresh(gateway, session), 'TOKEN_INVALID');
}

/** One live session, and one for each way to end. Each was used before, so that it is in the caches. */
async function manySessions(gateway: Gateway) {
  const account = await registerAndVerify(gateway);
  const signedIn = async () => {
    const session = await signIn(gateway, account);
    expectData(await me(gateway, session));
    return session;
  };
  const [other, revoked, loggedOut, reused] = [
    await signedIn(),
    await signedIn(),
    await signedIn(),
    await signedIn(),
  ];
  expectData(await refresh(gateway, reused));
  expectCode(await refresh(gateway, reused), 'TOKEN_INVALID');
  expectData(await logout(gateway, loggedOut));
  const alive = await signedIn();
  const token = alive.accessToken;
  expectData(await gateway.client.run(RevokeSessionDocument, { id: revoked.session.id }, { token }));
  expectData(await gateway.client.run(RevokeOtherSessionsDocument, {}, { token }));
  const dead = [other, revoked, loggedOut, reused];
  for (const session of dead) await expectDead(gateway, session);
  return { account, alive, dead };
}

/** Every use of a refresh token rotates it, so the second use is reuse. */
const NO_GRACE = { REFRESH_GRACE_SECONDS: '0' };

type Sessions = Awaited<ReturnType<typeof manySessions>>;

/** Ended sessions stay ended, and the live session still works, with its access token and a refresh. */
async function expectUnchanged(gateway: Gateway, { alive, dead, account }: Sessions) {
  for (const session of dead) await expectDead(gateway, session);
  expect(expectData(await me(gateway, alive)).me?.username).toBe(account.username);
  const next = expectData(await refresh(gateway, alive)).refreshToken;
  expect(next.session.id).toBe(alive.session.id);
  Object.assign(alive, { accessToken: next.accessToken, refreshToken: next.refreshToken });
  for (const session of dead) await expectDead(gateway, session);
}

describeOnBackends(
  'a restart of the process',
  ({ start }) => {
    it('revives and ends no session, with SIGTERM or SIGKILL, and with generated secrets', async () => {
      const generated = {
        JWT_SECRET_KEY: undefined,
        JWT_REFRESH_SECRET_KEY: undefined,
        ENCRYPTION_KEY: undefined,
      };
      const env = { ...NO_GRACE, ...generated };
      let gateway = await start({ env });
      const sessions = await manySessions(gateway);
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        const status = await gateway.stop(signal);
        expect(status).toBe(signal === 'SIGTERM' ? 0 : null);
        gateway = await startGateway({ peer: gateway, env, port: gateway.port });
        await expectUnchanged(gateway, sessions);
      }
    });
  },
  { concurrent: true },
);

describeOnRedis(
  'a Redis that lost all data',
  ({ start }) => {
    it('revives and ends no session', async () => {
      let gateway = await start({ env: NO_GRACE });
      const sessions = await manySessions(gateway);
      await flushRedis(gateway.redis ?? '');
      await expectUnchanged(gateway, sessions);

      expect(await gateway.stop()).toBe(0);
      await flushRedis(gateway.redis ?? '');
      gateway = await startGateway({ peer: gateway, port: gateway.port });
      await expectUnchanged(gateway, sessions);
    });

    it('revives no session if it was flushed between a logout and the next request', async () => {
      const gateway = await start();
      const account = await registerAndVerify(gateway);
      for (let round = 0; round < 20; round += 1) {
        const session = await signIn(gateway, account);
        expectData(await me(gateway, session));
        const [ended] = await Promise.all([logout(gateway, session), flushRedis(gateway.redis ?? '')]);
        expectData(ended);
        await expectDead(gateway, session);
      }
    });
  },
  { concurrent: true },
);

describeOnPostgres('two nodes', ({ start }) => {
  let nodes: [Gateway, Gateway];
  let account: Account;

  beforeAll(async () => {
    const first = await start();
    nodes = [first, await startGateway({ peer: first })];
    account = await registerAndVerify(first);
  });

  /** The node refuses the session within a second, although it has just served it. */
  const expectEnded = async (node: Gateway, session: Session) => {
    expect(await millisecondsAccepted(node, session)).toBeLessThan(1000);
    await expectDead(node, session);
  };

  it('accepts the sessions and refresh tokens of the other node', async () => {
    const session = await signIn(nodes[0], account);
    expectData(await me(nodes[1], session));
    const next = expectData(await refresh(nodes[1], session)).refreshToken;
    expectData(await me(nodes[0], next));
  });

  it('refuses a session within a second after its logout on the other node', async () => {
    for (let round = 0; round < 20; round += 1) {
      const [here, there] = round % 2 === 0 ? nodes : ([nodes[1], nodes[0]] as const);
      const session = await signIn(here, account);
      for (const node of [here, there, there]) expectData(await me(node, session));
      expectData(await logout(here, session));
      await expectEnded(there, session);
    }
  });

  it('refuses a session within a second after its revocation, or the reuse of its refresh token, on the other node', async () => {
    const [here, there] = nodes;
    const [mine, theirs] = [await signIn(here, account), await signIn(there, account)];
    for (const node of nodes) expectData(await me(node, theirs));
    const token = mine.accessToken;
    expectData(await here.client.run(RevokeSessionDocument, { id: theirs.session.id }, { token }));
    await expectEnded(there, theirs);

    const second = expectData(await refresh(here, mine)).refreshToken;
    for (const node of nodes) expectData(await me(node, second));
    // As if the grace period of the old token were over.
    await openDatabase(here)`update sessions set rotated_at = rotated_at - interval '11 seconds'
      where id = ${mine.session.id}`;
    expectCode(await refresh(here, mine), 'TOKEN_INVALID');
    await expectEnded(there, { ...second, refreshToken: second.refreshToken ?? '' } as Session);
  });

  it('issues one refresh token for 20 concurrent refreshes on both nodes', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { refreshToken } = await signIn(nodes[0], account);
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, index) => refresh(index % 2 ? nodes[1] : nodes[0], { refreshToken })),
      );
      const tokens = new Set(results.map((result) => expectData(result).refreshToken.refreshToken));
      expect(tokens.size, `round ${round}`).toBe(1);
    }
  });
});
