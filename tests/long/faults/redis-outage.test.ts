import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Account, registerAndVerify, signIn } from '../../support/accounts.js';
import { describeOnRedis } from '../../support/backends.js';
import { expectCode, expectData } from '../../support/client.js';
import { freshFolder, type Gateway, startGateway } from '../../support/gateway.js';
import { startProxy, type TcpProxy } from '../../support/proxy.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { millisecondsAccepted, refusalReason } from '../../support/session-ends.js';
import { logout, me, readiness, refresh, type Session, timed } from '../../support/sessions.js';
import { sleep, until } from '../../support/wait.js';

/** How long after the return of Redis everything must work again (ms). */
const RECOVERY_MS = 30_000;

describeOnRedis('two nodes during a Redis outage', ({ start }) => {
  let redis: RedisServer;
  let nodes: [Gateway, Gateway];
  let account: Account;

  beforeAll(async () => {
    redis = await startRedis(await freshFolder());
    const first = await start({ redis: redis.url });
    nodes = [first, await startGateway({ peer: first })];
    account = await registerAndVerify(first);
  });
  afterEach(async () => {
    process.kill(redis.pid, 'SIGCONT');
  });
  afterAll(() => redis?.stop('SIGKILL'));

  const usedOnBoth = async () => {
    const session = await signIn(nodes[0], account);
    for (const node of [...nodes, ...nodes]) expectData(await me(node, session));
    return session;
  };
  const expectOver = async (node: Gateway, session: Session) => {
    const accepted = await millisecondsAccepted(node, session);
    expect(accepted).toBeLessThan(1000);
    return Math.round(accepted);
  };
  /** Every node refuses the session at the latest a second after its end. */
  const expectDead = async (session: Session) => {
    for (const node of nodes) {
      await expectOver(node, session);
      expect(expectCode(await me(node, session), 'UNAUTHENTICATED').reason).toBe('SESSION_REVOKED');
      expectCode(await refresh(node, session), 'TOKEN_INVALID');
    }
  };
  const degraded = (node: Gateway) =>
    until('readiness to report degraded', async () => {
      const { status, body } = await readiness(node);
      expect(status).toBe(200);
      return body.status === 'degraded';
    });
  const recovered = (node: Gateway) =>
    until('readiness to report ok', async () => (await readiness(node)).body.status === 'ok', RECOVERY_MS);

  /** Accepted uses of ended sessions, from the return of Redis until a second after the nodes have noticed it. */
  const acceptedAfterEnd = async (dead: Record<string, Session>, where: readonly Gateway[]) => {
    const [since, found] = [performance.now(), [] as string[]];
    let isOver = false;
    const watch = async () => {
      while (!isOver) {
        for (const [name, session] of Object.entries(dead)) {
          for (const node of where) {
            const after = Math.round(performance.now() - since);
            if ((await refusalReason(node, session)) !== 'SESSION_REVOKED')
              found.push(`${name}, on ${node.url}, after ${after} ms`);
          }
        }
        await sleep(10);
      }
    };
    const watching = watch();
    try {
      for (const node of where) await recovered(node);
      await sleep(1000);
    } finally {
      isOver = true;
      await watching;
    }
    return found;
  };

  const outages: Record<string, { away: () => Promise<void>; back: () => Promise<void> }> = {
    killed: { away: () => redis.stop('SIGKILL'), back: () => redis.start() },
    frozen: {
      away: async () => void process.kill(redis.pid, 'SIGSTOP'),
      back: async () => void process.kill(redis.pid, 'SIGCONT'),
    },
  };
  for (const [how, { away, back }] of Object.entries(outages)) {
    it(`serves requests, and ends sessions on every node for good, while Redis is ${how} and after it returns`, async () => {
      const [before, during, kept] = [await usedOnBoth(), await usedOnBoth(), await usedOnBoth()];
      expectData(await logout(nodes[0], before));
      await away();

      // Requests succeed from the first moment on.
      const slow: number[] = [];
      for (const node of nodes) {
        const [result, took] = await timed(me(node, kept));
        expectData(result);
        slow.push(took);
        const [again, more] = await timed(refresh(node, kept));
        Object.assign(kept, { refreshToken: expectData(again).refreshToken.refreshToken });
        slow.push(more);
        const [signedIn, most] = await timed(signIn(node, account));
        expectData(await me(node, signedIn));
        slow.push(most);
      }
      expect(Math.max(...slow)).toBeLessThan(5000);
      expectData(await logout(nodes[0], during));
      const took = await expectOver(nodes[1], during);
      for (const node of nodes) await degraded(node);
      for (const session of [before, during]) await expectDead(session);

      // A session revoked during the outage stays revoked when Redis returns, at every moment.
      const late = await signIn(nodes[1], account);
      expectData(await me(nodes[0], late));
      expectData(await logout(nodes[1], late));
      await expectDead(late);
      await back();
      expect(await acceptedAfterEnd({ before, during, late }, nodes)).toEqual([]);
      for (const dead of [before, during, late]) await expectDead(dead);
      for (const node of nodes) expectData(await me(node, kept));
      console.log(
        `Redis ${how}: slowest answer ${Math.round(Math.max(...slow))} ms, logout on the other node after ${took} ms`,
      );
    });
  }

  it('keeps no copy of a session that was ended while Redis was frozen between the read and the logout', async () => {
    for (let round = 0; round < 5; round += 1) {
      const session = await usedOnBoth();
      process.kill(redis.pid, 'SIGSTOP');
      const out = logout(nodes[0], session);
      await sleep(round * 150);
      process.kill(redis.pid, 'SIGCONT');
      expectData(await out);
      await expectOver(nodes[1], session);
      await sleep(600);
      await expectDead(session);
      for (const node of nodes) await recovered(node);
    }
  });

  it('does not revive a session that was ended while Redis was frozen, by a node that was then killed', async () => {
    const [gone, left] = [await startGateway({ peer: nodes[0] }), nodes[1]];
    const session = await usedOnBoth();
    expectData(await me(gone, session));
    process.kill(redis.pid, 'SIGSTOP');
    await degraded(gone);
    expectData(await logout(gone, session));
    await gone.kill();
    await expectOver(left, session);
    process.kill(redis.pid, 'SIGCONT');
    expect(await acceptedAfterEnd({ session }, [left])).toEqual([]);
  });
});

describeOnRedis('a node without a connection to Redis, beside a connected one', ({ start }) => {
  let redis: RedisServer;
  let link: TcpProxy;

  beforeAll(async () => {
    redis = await startRedis(await freshFolder());
    link = await startProxy(Number(new URL(redis.url).port));
  });
  afterAll(async () => {
    link?.close();
    await redis?.stop('SIGKILL');
  });

  it('ends a session on the other node within a second', async () => {
    const connected = await start({ redis: redis.url });
    const cutOff = await startGateway({ peer: connected, redis: `redis://127.0.0.1:${link.port}` });
    const account = await registerAndVerify(connected);
    const session = await signIn(connected, account);
    for (const node of [connected, cutOff, connected, cutOff]) expectData(await me(node, session));
    link.cut();
    await until(
      'readiness to report degraded',
      async () => (await readiness(cutOff)).body.status === 'degraded',
    );
    expectData(await me(connected, session));
    expectData(await logout(cutOff, session));
    expect(await millisecondsAccepted(connected, session)).toBeLessThan(1000);
  });
});
