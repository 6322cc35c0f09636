import calculateSlot from 'cluster-key-slot';
import { createClient, createCluster } from 'redis';

/** A connection to one Redis server, or to a cluster. */
export interface RedisConnection {
  /** Runs a script on the one key that it names. */
  eval(script: string, key: string, argument: string): Promise<unknown>;
  /** Writes to every primary. @throws if one of them refuses it or does not answer */
  probe(): Promise<void>;
  destroy(): void;
}

const PROBE_KEY = 'gatehouse:probe';
const PROBE_SECONDS = 60;
const MAX_PROBE_KEYS = 1000;

/** Faults reach the caller with each command, and the probe notices them: an event needs no answer of its own. */
const ignore = () => {};

/**
 * Connects to one server, or to a cluster if several URLs are given or the one server belongs to a cluster.
 * @param warn told if a single URL turns out to be a node of a cluster
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
    'REDIS_URL names one node of a Redis Cluster: list several, or the gateway cannot start while it is down',
  );
  return connectCluster(urls);
}

/**
 * `RedisWindowCounter` reconnects by making a new client. The library's own reconnection holds on to a server that
 * was demoted, and its cluster client does not look for a new primary when one is lost.
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
  /** One key that each primary holds. */
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

/** For the nodes that the cluster names: their addresses carry neither credentials nor a scheme. */
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

/** A client that is closed already throws. */
function destroy(client: { destroy(): void }): void {
  try {
    client.destroy();
  } catch {}
}
