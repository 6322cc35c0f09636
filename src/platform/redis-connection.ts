import calculateSlot from 'cluster-key-slot';
import { createClient, createCluster } from 'redis';

/** A connection to one Redis server, or to a cluster. */
export interface RedisConnection {
  /** Runs a script that uses one key. */
  eval(script: string, key: string, argument: string): Promise<unknown>;
  /** Writes to every primary. @throws if one of them refuses the write or does not answer */
  probe(): Promise<void>;
  destroy(): void;
}

const PROBE_KEY = 'gatehouse:probe';
const PROBE_SECONDS = 60;
const MAX_PROBE_KEYS = 1000;

/** Each command rejects and the probe fails, so the events need no handling. */
const ignore = () => {};

/**
 * Connects to one server, or to a cluster if several URLs are given or the one server belongs to a cluster.
 * @param warn called if a single URL names a node of a cluster
 */
export async function connectRedis(
  urls: readonly string[],
  warn: (message: string) => void,
): Promise<RedisConnection> {
  if (urls.length > 1) return connectCluster(urls);
  const single = await connectServer(urls[0] as string);
  if (!(await single.isCluster())) return single;
  single.destroy();
  warn(
    'REDIS_URL names only one node of a Redis Cluster: list several nodes, or the cluster cannot be used while that node is down',
  );
  return connectCluster(urls);
}

/**
 * `RedisWindowCounter` creates a new client to reconnect. The library's own reconnection stays with a demoted server, and
 * its cluster client does not look for a new primary.
 */
const SOCKET = { connectTimeout: 1000, reconnectStrategy: false } as const;

async function connectServer(url: string) {
  const client = createClient({ url, disableOfflineQueue: true, socket: SOCKET });
  client.on('error', ignore);
  await orDestroy(client, client.connect());
  return {
    eval: (script: string, key: string, argument: string) =>
      client.eval(script, { keys: [key], arguments: [argument] }),
    async probe() {
      await client.set(PROBE_KEY, '1', { expiration: { type: 'EX', value: PROBE_SECONDS } });
    },
    async isCluster() {
      // An ACL may refuse INFO.
      const info = await client.info('cluster').catch(() => '');
      return info.includes('cluster_enabled:1');
    },
    destroy: () => destroy(client),
  };
}

async function connectCluster(urls: readonly string[]): Promise<RedisConnection> {
  const cluster = createCluster({
    rootNodes: urls.map((url) => ({ url })),
    defaults: { ...accessOf(urls), disableOfflineQueue: true },
  });
  cluster.on('error', ignore);
  cluster.on('node-error', ignore);
  await orDestroy(cluster, cluster.connect());
  /** One key for each primary, on which it is stored. */
  const probeKeys = new Map<unknown, string>();
  for (let i = 0; probeKeys.size < cluster.masters.length && i < MAX_PROBE_KEYS; i += 1) {
    const key = `${PROBE_KEY}:${i}`;
    const { master } = cluster.slots[calculateSlot(key)] ?? {};
    if (master !== undefined && !probeKeys.has(master)) probeKeys.set(master, key);
  }
  return {
    eval: (script, key, argument) => cluster.eval(script, { keys: [key], arguments: [argument] }),
    async probe() {
      await Promise.all(
        [...probeKeys.values()].map((key) =>
          cluster.set(key, '1', { expiration: { type: 'EX', value: PROBE_SECONDS } }),
        ),
      );
    },
    destroy: () => destroy(cluster),
  };
}

/** Credentials and TLS for the nodes that the cluster announces: their addresses have neither. */
function accessOf([first]: readonly string[]) {
  const { username, password, protocol } = new URL(first as string);
  return {
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    socket: protocol === 'rediss:' ? { ...SOCKET, tls: true as const } : SOCKET,
  };
}

async function orDestroy(client: { destroy(): void }, connecting: Promise<unknown>): Promise<void> {
  try {
    await connecting;
  } catch (error) {
    destroy(client);
    throw error;
  }
}

/** `destroy` throws if the client is already closed. */
function destroy(client: { destroy(): void }): void {
  try {
    client.destroy();
  } catch {}
}
