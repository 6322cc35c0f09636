import { afterAll, beforeAll, expect, it } from 'vitest';
import { DeactivateUserDocument, LogoutDocument, MeDocument } from '../../generated/graphql.js';
import { login, registerAndVerify, signIn, someone } from '../../support/accounts.js';
import { startWithAdmin } from '../../support/administration.js';
import { describeOnPostgres } from '../../support/backends.js';
import { expectData } from '../../support/client.js';
import { freshFolder, type Gateway, startGateway } from '../../support/gateway.js';
import { send } from '../../support/http.js';
import { askRedis, type RedisCluster, startRedisCluster } from '../../support/redis-cluster.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { flushRedis } from '../../support/services.js';
import { sleep, until } from '../../support/wait.js';

type Session = Awaited<ReturnType<typeof signIn>>;

const LIMITED = { RATE_LIMIT_ENABLED: 'true' };
const LOGIN_LIMIT = 10;

const me = (gateway: Gateway, { accessToken: token }: Pick<Session, 'accessToken'>) =>
  gateway.client.run(MeDocument, {}, { token });
const statusOf = async (gateway: Gateway) => {
  const { status, json } = await send(`${gateway.url}/readyz`);
  expect(status).toBe(200);
  return (json as { status: string }).status;
};
const becomes = (gateway: Gateway, status: 'ok' | 'degraded', timeoutMs = 10_000) =>
  until(`readiness to say ${status}`, async () => (await statusOf(gateway)) === status, timeoutMs);

/** How many of 30 sign-ins from this machine pass the rate limit, sent to the nodes in turns. */
async function admitted(nodes: readonly Gateway[]): Promise<number> {
  let count = 0;
  for (let i = 0; i < 30; i += 1) {
    const { errors } = await login(nodes[i % nodes.length] as Gateway, someone());
    if (errors[0]?.extensions.code !== 'RATE_LIMITED') count += 1;
  }
  return count;
}

describeOnPostgres('Redis that comes back with an old state', ({ start }) => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis(await freshFolder());
  });
  afterAll(() => redis?.stop('SIGKILL'));

  it('brings no session back', { timeout: 60_000 }, async () => {
    const first = await start({ redis: redis.url });
    const nodes = [first, await startGateway({ peer: first })];
    const account = await registerAndVerify(first);
    const session = await signIn(first, account);
    for (const node of [...nodes, ...nodes]) expectData(await me(node, session));
    await askRedis(redis.url, 'SAVE');
    expectData(await first.client.run(LogoutDocument, {}, { token: session.accessToken }));
    await redis.stop('SIGKILL');
    await redis.start();
    await sleep(1000);
    const since = performance.now();
    while (performance.now() < since + 5000) {
      for (const node of nodes) {
        expect((await me(node, session)).errors[0]?.extensions.reason).toBe('SESSION_REVOKED');
      }
    }
  });

  it('holds nothing but counts for rate limits', { timeout: 60_000 }, async () => {
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

  it('is flushed while users are deactivated: none of their tokens works afterwards', {
    timeout: 60_000,
  }, async () => {
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
        expect((await me(gateway, session)).errors[0]?.extensions.reason).toBe('SESSION_REVOKED');
      }
    }
  });
});

describeOnPostgres('Redis that takes no writes', ({ start }) => {
  it('is reported as degraded, limits go on per process, and it recovers without a restart', {
    timeout: 90_000,
  }, async () => {
    const folder = await freshFolder();
    const [redis, other] = [await startRedis(folder), await startRedis(folder)];
    try {
      const gateway = await start({ redis: redis.url, env: LIMITED });
      await becomes(gateway, 'ok');
      // A primary that was demoted: it answers reads, and refuses writes with READONLY.
      await askRedis(redis.url, 'REPLICAOF', '127.0.0.1', new URL(other.url).port);
      await becomes(gateway, 'degraded', 3000);
      expect(await admitted([gateway])).toBe(LOGIN_LIMIT);
      await askRedis(redis.url, 'REPLICAOF', 'NO', 'ONE');
      await becomes(gateway, 'ok', 3000);
      const warnings = gateway.logs().match(/"level":40.*Redis/g) ?? [];
      expect(warnings).toHaveLength(1);
    } finally {
      await Promise.all([redis.stop('SIGKILL'), other.stop('SIGKILL')]);
    }
  });
});

describeOnPostgres('a Redis Cluster', ({ start }) => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster(await freshFolder());
  }, 60_000);
  afterAll(() => cluster?.stop());

  it('counts for all nodes together, and again within ten seconds after it lost a primary', {
    timeout: 120_000,
  }, async () => {
    const first = await start({ redis: cluster.urls.join(','), env: LIMITED });
    const nodes = [first, await startGateway({ peer: first })];
    for (const node of nodes) await becomes(node, 'ok');
    expect(await admitted(nodes)).toBe(LOGIN_LIMIT);

    // Whichever primary it is: with each, one third of the keys is lost until its replica takes over.
    await cluster.primaries[0]?.stop('SIGKILL');
    for (const node of nodes) await becomes(node, 'degraded', 5000);
    const lostAt = performance.now();
    for (const node of nodes) await becomes(node, 'ok', 20_000);
    console.log(`Redis Cluster: ok ${Math.round(performance.now() - lostAt)} ms after the loss was noticed`);
    for (const node of nodes) {
      expect(node.logs()).not.toMatch(/"level":(50|60)/);
    }
  });

  it('works by the URL of one of its nodes, with a warning', { timeout: 60_000 }, async () => {
    // The counts of the test before.
    for (const url of cluster.urls) await askRedis(url, 'FLUSHALL').catch(() => {});
    const gateway = await start({ redis: cluster.urls[1] ?? '', env: LIMITED });
    await becomes(gateway, 'ok');
    expect(gateway.logs()).toMatch(/REDIS_URL names one node of a Redis Cluster/);
    expect(await admitted([gateway])).toBe(LOGIN_LIMIT);
    await sleep(1000);
    expect(await statusOf(gateway)).toBe('ok');
  });
});
