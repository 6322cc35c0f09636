import { createClient } from 'redis';
import { type RedisServer, startRedis } from './redis-server.js';
import { until } from './wait.js';

export interface RedisCluster {
  readonly primaries: RedisServer[];
  readonly replicas: RedisServer[];
  readonly urls: string[];
  stop(): Promise<void>;
}

const SLOTS = 16_384;
const SHARDS = 3;

/** Three primaries with a replica each: six real `redis-server` processes. */
export async function startRedisCluster(folder: string): Promise<RedisCluster> {
  const settings = { 'cluster-enabled': 'yes', 'cluster-node-timeout': 1000, databases: 16 };
  const servers = await Promise.all(Array.from({ length: SHARDS * 2 }, () => startRedis(folder, settings)));
  const primaries = servers.slice(0, SHARDS);
  const replicas = servers.slice(SHARDS);
  const ask = async (server: RedisServer, ...command: string[]) =>
    String(await askRedis(server.url, ...command));

  for (const [index, primary] of primaries.entries()) {
    const from = Math.floor((SLOTS * index) / SHARDS);
    const to = Math.floor((SLOTS * (index + 1)) / SHARDS) - 1;
    await ask(primary, 'CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    await ask(primary, 'CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
  }
  for (const server of servers.slice(1)) {
    await ask(server, 'CLUSTER', 'MEET', '127.0.0.1', new URL(primaries[0]?.url ?? '').port);
  }
  for (const [index, replica] of replicas.entries()) {
    const id = await ask(primaries[index] as RedisServer, 'CLUSTER', 'MYID');
    await until('the replica to know its primary', () =>
      ask(replica, 'CLUSTER', 'REPLICATE', id).then(
        (answer) => answer === 'OK',
        () => false,
      ),
    );
  }
  for (const server of servers) {
    await until(
      'the cluster to be complete',
      async () => {
        const info = await ask(server, 'CLUSTER', 'INFO');
        const nodes = await ask(server, 'CLUSTER', 'NODES');
        return info.includes('cluster_state:ok') && nodes.match(/[ ,]slave /g)?.length === SHARDS;
      },
      30_000,
    );
  }
  return {
    primaries,
    replicas,
    urls: servers.map(({ url }) => url),
    stop: async () => {
      await Promise.all(servers.map((server) => server.stop('SIGKILL')));
    },
  };
}

/** Sends one command to one server. */
export async function askRedis(url: string, ...command: string[]): Promise<unknown> {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on('error', () => {});
  await client.connect();
  try {
    return await client.sendCommand(command);
  } finally {
    client.destroy();
  }
}
