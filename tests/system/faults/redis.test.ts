import { afterAll, beforeAll, expect, it } from 'vitest';
import { DeactivateUserDocument } from '../../generated/graphql.js';
import { registerAndVerify, signIn } from '../../support/accounts.js';
import { startWithAdmin } from '../../support/administration.js';
import { describeOnPostgres } from '../../support/backends.js';
import { expectData } from '../../support/client.js';
import { freshFolder, startGateway } from '../../support/gateway.js';
import { admitted, becomes, LIMITED, LOGIN_LIMIT } from '../../support/rate-limits.js';
import { askRedis } from '../../support/redis-cluster.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { flushRedis } from '../../support/services.js';
import { millisecondsAccepted, refusalReason } from '../../support/session-ends.js';
import { logout, me } from '../../support/sessions.js';
import { sleep } from '../../support/wait.js';

describeOnPostgres('Redis restored with an old state', ({ start }) => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis(await freshFolder());
  });
  afterAll(() => redis?.stop('SIGKILL'));

  it('does not revive an ended session', async () => {
    const first = await start({ redis: redis.url });
    const nodes = [first, await startGateway({ peer: first })];
    const account = await registerAndVerify(first);
    const session = await signIn(first, account);
    for (const node of [...nodes, ...nodes]) expectData(await me(node, session));
    await askRedis(redis.url, 'SAVE');
    expectData(await logout(first, session));
    for (const node of nodes) expect(await millisecondsAccepted(node, session)).toBeLessThan(1000);
    await redis.stop('SIGKILL');
    await redis.start();
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        for (const node of nodes) expect(await refusalReason(node, session)).toBe('SESSION_REVOKED');
        await sleep(20);
      }
    })();
    for (const node of nodes) await becomes(node, 'ok');
    await sleep(1000);
    isOver = true;
    await watching;
  });

  it('contains only counters', async () => {
    const { gateway, admin } = await startWithAdmin((options) =>
      start({ ...options, redis: redis.url, env: { ...options?.env, ...LIMITED } }),
    );
    await registerAndVerify(gateway);
    expectData(await me(gateway, { accessToken: admin.token }));
    const keys = (await askRedis(redis.url, 'KEYS', '*')) as string[];
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(key).toMatch(/^(rate|mails|failures|gatehouse:probe)/);
      expect(await askRedis(redis.url, 'GET', key), key).toMatch(/^\d+$/);
    }
  });

  it('does not revive sessions of users who are deactivated during a flush', async () => {
    const { gateway, admin } = await startWithAdmin((options) => start({ ...options, redis: redis.url }));
    for (let round = 0; round < 10; round += 1) {
      const account = await registerAndVerify(gateway);
      const session = await signIn(gateway, account);
      expectData(await me(gateway, session));
      const deactivation = gateway.client.run(
        DeactivateUserDocument,
        { id: session.user.id },
        { token: admin.token },
      );
      await Promise.all([deactivation, flushRedis(redis.url)]);
      expectData(await deactivation);
      for (let i = 0; i < 10; i += 1) {
        expect(await refusalReason(gateway, session)).toBe('SESSION_REVOKED');
      }
    }
  });
});

describeOnPostgres('Redis that refuses writes', ({ start }) => {
  it('is reported as degraded, limits continue per process, and it recovers without a restart', async () => {
    const folder = await freshFolder();
    const [redis, other] = [await startRedis(folder), await startRedis(folder)];
    try {
      const gateway = await start({ redis: redis.url, env: LIMITED });
      await becomes(gateway, 'ok');
      // Like a demoted primary: it answers reads, and refuses writes with READONLY.
      await askRedis(redis.url, 'REPLICAOF', '127.0.0.1', new URL(other.url).port);
      await becomes(gateway, 'degraded', 5000);
      expect(await admitted([gateway])).toBe(LOGIN_LIMIT);
      await askRedis(redis.url, 'REPLICAOF', 'NO', 'ONE');
      await becomes(gateway, 'ok', 5000);
      const warnings = gateway.logs().match(/"level":40.*Redis/g) ?? [];
      expect(warnings).toHaveLength(1);
    } finally {
      await Promise.all([redis.stop('SIGKILL'), other.stop('SIGKILL')]);
    }
  });
});
