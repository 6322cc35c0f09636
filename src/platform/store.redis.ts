import { createClient, createCluster } from 'redis';
import type { Log } from './log.js';
import { type KeyValueStore, StoreUnavailable } from './store.js';
import { within } from './within.js';

/** How long a command may take, in milliseconds: a Redis that hangs must not hang a request. */
const COMMAND_TIMEOUT = 250;
/** How old the last PONG may be, in milliseconds, for cached copies to count. */
const PONG_MAX_AGE = 500;
const PING_EVERY = 200;
/** How long a copy in this process may live, in milliseconds, should Redis never tell of a change. */
const CACHE_MILLISECONDS = 30_000;

const INCREMENT = `
local sum = redis.call('INCR', KEYS[1])
if sum == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return sum`;

/**
 * The part of the client that is used. node-redis types a client and a cluster apart, though the commands
 * below are the same on both.
 */
export interface RedisCommands {
  connect(): Promise<unknown>;
  destroy(): void;
  get(key: string): Promise<string | null>;
  set(key: string, value: string, options: object): Promise<string | null>;
  del(key: string): Promise<number>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  ping?(): Promise<unknown>;
  readonly clientSideCache?: {
    on(event: 'invalidate', listener: (key: unknown) => void): unknown;
    clear(resetStats: boolean): void;
  };
}

/**
 * Redis (or a cluster of them) with client-side caching: a copy that was read stays in this process until
 * Redis tells that it changed.
 *
 * Attack: Redis hangs, or the line to it is cut, while another node revokes a session. Nobody tells this node
 * of it, and its copy would live on. So copies count only while Redis answers a PING.
 */
export class RedisStore implements KeyValueStore {
  readonly client: RedisCommands;
  #lastPong = 0;
  #pinging = false;
  #timer: NodeJS.Timeout | undefined;
  #wasHealthy = true;

  constructor(
    urls: readonly string[],
    readonly log: Log,
  ) {
    this.client = connectTo(urls);
    this.client.on('error', (error) => this.#report(error));
    forgetAfterFlush(this.client);
  }

  /** Begins to connect and goes on trying; does not wait for longer than a second. */
  async start(): Promise<void> {
    const connecting = this.client.connect().catch((error: Error) => this.#report(error));
    await Promise.race([connecting, new Promise((done) => setTimeout(done, 1000).unref())]);
    await this.#ping();
    this.#timer = setInterval(() => void this.#ping(), PING_EVERY);
    this.#timer.unref();
  }

  get healthy(): boolean {
    return performance.now() - this.#lastPong < PONG_MAX_AGE;
  }

  get(key: string): Promise<string | null> {
    return this.#guard(() => this.client.get(key));
  }

  async set(key: string, value: string, seconds: number, options: { onlyIfAbsent?: boolean } = {}) {
    const condition = options.onlyIfAbsent === true ? { condition: 'NX' } : {};
    const expiration = { type: 'EX', value: seconds };
    return (await this.#guard(() => this.client.set(key, value, { expiration, ...condition }))) === 'OK';
  }

  async delete(key: string): Promise<void> {
    await this.#guard(() => this.client.del(key));
  }

  async increment(key: string, seconds: number): Promise<number> {
    return Number(
      await this.#guard(() => this.client.eval(INCREMENT, { keys: [key], arguments: [String(seconds)] })),
    );
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.client.destroy();
  }

  async #guard<T>(command: () => Promise<T>): Promise<T> {
    if (!this.healthy) throw new StoreUnavailable('no answer from Redis');
    try {
      return await within(COMMAND_TIMEOUT, command());
    } catch (error) {
      throw new StoreUnavailable('Redis failed', { cause: error });
    }
  }

  async #ping(): Promise<void> {
    if (this.#pinging) return;
    this.#pinging = true;
    const sentAt = performance.now();
    try {
      await ping(this.client);
      this.#lastPong = sentAt;
      if (!this.#wasHealthy) this.log.info('Redis is back');
      this.#wasHealthy = true;
    } catch (error) {
      this.#report(error as Error);
    } finally {
      this.#pinging = false;
    }
  }

  #report(error: Error): void {
    if (this.#wasHealthy)
      this.log.warn({ err: error }, 'Redis is out of reach: sessions are read from Postgres');
    this.#wasHealthy = false;
  }
}

function connectTo(urls: readonly string[]): RedisCommands {
  const clientSideCache = {
    ttl: CACHE_MILLISECONDS,
    maxEntries: 100_000,
    evictPolicy: 'LRU' as const,
    recordStats: false,
  };
  const socket = {
    connectTimeout: 2000,
    reconnectStrategy: (tries: number) => Math.min(50 * 2 ** tries, 1000),
  };
  const options = { RESP: 3 as const, clientSideCache };
  const client =
    urls.length > 1
      ? createCluster({ ...options, rootNodes: urls.map((url) => ({ url })), defaults: { socket } })
      : createClient({ ...options, url: urls[0] as string, disableOfflineQueue: true, socket });
  return client as unknown as RedisCommands;
}

/**
 * Attack: a session's copy is being read when Redis is flushed and the session revoked. node-redis drops its
 * cache at the flush, and then stores the answer that was under way, which nothing will ever invalidate. So
 * the cache is dropped once more when that answer has been stored.
 */
function forgetAfterFlush({ clientSideCache }: RedisCommands): void {
  clientSideCache?.on('invalidate', (key) => {
    if (key === null) setImmediate(() => clientSideCache.clear(false));
  });
}

/** A cluster has no PING of its own: any keyed read asks one of its nodes. */
async function ping(client: RedisCommands): Promise<void> {
  const answer =
    client.ping === undefined ? client.eval('return 1', { keys: ['ping'], arguments: [] }) : client.ping();
  await answer;
}
