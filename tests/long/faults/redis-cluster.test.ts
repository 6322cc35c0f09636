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

  it('counts across all nodes, and recovers soon after the loss of a primary', {
    timeout: 120_000,
  }, async () => {
    const first = await start({ redis: cluster.urls.join(','), env: LIMITED });
    const nodes = [first, await startGateway({ peer: first })];
    for (const node of nodes) await becomes(node, 'ok');
    expect(await admitted(nodes)).toBe(LOGIN_LIMIT);

    // Any primary will do: each holds a third of the keys, which are unavailable until its replica takes over.
    await cluster.primaries[0]?.stop('SIGKILL');
    for (const node of nodes) await becomes(node, 'degraded');
    const lostAt = performance.now();
    for (const node of nodes) await becomes(node, 'ok', 40_000);
    console.log(`Redis Cluster: ok ${Math.round(performance.now() - lostAt)} ms after the loss was noticed`);
    for (const node of nodes) {
      expect(node.logs()).not.toMatch(/"level":(50|60)/);
    }
  });

  it('works with the URL of a single node, and logs a warning', { timeout: 60_000 }, async () => {
    // Removes the counts of the test before.
    for (const url of cluster.urls) await askRedis(url, 'FLUSHALL').catch(() => {});
    const gateway = await start({ redis: cluster.urls[1] ?? '', env: LIMITED });
    await becomes(gateway, 'ok');
    expect(gateway.logs()).toMatch(/REDIS_URL names only one node of a Redis Cluster/);
    expect(await admitted([gateway])).toBe(LOGIN_LIMIT);
    await sleep(1000);
    await becomes(gateway, 'ok', 0);
  });
});
