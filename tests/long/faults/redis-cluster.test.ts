import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnPostgres } from '../../support/backends.js';
import { freshFolder, startGateway } from '../../support/gateway.js';
import { admitted, becomes, LIMITED, LOGIN_LIMIT } from '../../support/rate-limits.js';
import { askRedis, type RedisCluster, startRedisCluster } from '../../support/redis-cluster.js';
import { sleep } from '../../support/wait.js';

describeOnPostgres('a Redis Cluster', ({ start }) => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster(await freshFolder());
  }, 60_000);
  afterAll(() => cluster?.stop());

  /** Removes all counts. A replica refuses, and gets it from its primary. */
  const forget = async () => {
    for (const url of cluster.urls) await askRedis(url, 'FLUSHALL').catch(() => {});
  };

  /** The primary that has the count of sign-ins. */
  async function holder() {
    for (const primary of cluster.primaries) {
      const keys = (await askRedis(primary.url, 'KEYS', 'rate:*')) as string[];
      if (keys.length > 0) return primary;
    }
    throw new Error('no primary has a count');
  }

  it('counts across all nodes, before and after the loss of the primary that had the count, without a restart', {
    timeout: 120_000,
  }, async () => {
    const first = await start({ redis: cluster.urls.join(','), env: LIMITED });
    const nodes = [first, await startGateway({ peer: first })];
    for (const node of nodes) await becomes(node, 'ok');
    expect(await admitted(nodes)).toBe(LOGIN_LIMIT);

    // Its keys are unavailable until its replica takes over.
    await (await holder()).stop('SIGKILL');
    for (const node of nodes) await becomes(node, 'degraded');
    const lostAt = performance.now();
    for (const node of nodes) await becomes(node, 'ok', 40_000);
    console.log(`Redis Cluster: ok ${Math.round(performance.now() - lostAt)} ms after the loss was noticed`);
    await forget();
    expect(await admitted(nodes)).toBe(LOGIN_LIMIT);
    for (const node of nodes) {
      expect(node.logs()).not.toMatch(/"level":(50|60)/);
    }
  });

  it('works with the URL of a single node, and logs a warning', { timeout: 60_000 }, async () => {
    await forget();
    const alive = await Promise.all(
      cluster.urls.map((url) =>
        askRedis(url, 'PING').then(
          () => [url],
          () => [],
        ),
      ),
    );
    const gateway = await start({ redis: alive.flat()[0] ?? '', env: LIMITED });
    await becomes(gateway, 'ok');
    expect(gateway.logs()).toMatch(/REDIS_URL names only one node of a Redis Cluster/);
    expect(await admitted([gateway])).toBe(LOGIN_LIMIT);
    await sleep(1000);
    await becomes(gateway, 'ok', 0);
  });
});
