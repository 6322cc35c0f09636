import type { Log } from './log.js';
import { connectRedis, type RedisConnection } from './redis-connection.js';
import { noTracer, type SpanOptions, type Tracer } from './tracer.js';
import type { WindowCount, WindowCounter } from './window-counter.js';
import { withTimeout } from './with-timeout.js';

/** Short, because requests wait for commands. */
const COMMAND_TIMEOUT_MS = 250;
const PROBE_INTERVAL_MS = 200;
const CONNECT_TIMEOUT_MS = 1000;

const SPAN: SpanOptions = {
  kind: 'client',
  attributes: { 'db.system.name': 'redis', 'db.operation.name': 'EVAL' },
};

const INCREMENT = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return { count, redis.call('PTTL', KEYS[1]) }`;

const READ = `return { tonumber(redis.call('GET', KEYS[1]) or 0), redis.call('PTTL', KEYS[1]) }`;

/**
 * Counts in Redis, for all nodes together. While Redis is unavailable, each process counts for itself.
 *
 * The probe writes to every primary, because a replica, a server with a full disk and a cluster without a quorum still
 * answer reads.
 */
export class RedisWindowCounter implements WindowCounter {
  #connection: RedisConnection | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isProbing = false;
  #isClosed = false;
  /** The result of the last probe. A probe that hangs fails after `COMMAND_TIMEOUT_MS`. */
  #isReachable = true;

  constructor(
    readonly urls: readonly string[],
    readonly fallback: WindowCounter,
    readonly log: Log,
    readonly tracer: Tracer = noTracer,
  ) {}

  async start(): Promise<void> {
    await this.#probe();
    this.#timer = setInterval(() => void this.#probe(), PROBE_INTERVAL_MS);
    this.#timer.unref();
  }

  get isShared(): boolean {
    return this.#isReachable && this.#connection !== undefined;
  }

  increment(key: string, seconds: number): Promise<WindowCount> {
    return this.#ask(
      'EVAL increment',
      (connection) => connection.eval(INCREMENT, key, String(seconds * 1000)),
      () => this.fallback.increment(key, seconds),
    );
  }

  read(key: string): Promise<WindowCount> {
    return this.#ask(
      'EVAL read',
      (connection) => connection.eval(READ, key, ''),
      () => this.fallback.read(key),
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#connection?.destroy();
  }

  /**
   * @param name of the span: the key contains an address
   * @param script returns the count and the milliseconds until its window ends
   */
  async #ask(
    name: string,
    script: (connection: RedisConnection) => Promise<unknown>,
    otherwise: () => Promise<WindowCount>,
  ): Promise<WindowCount> {
    const connection = this.#connection;
    if (connection === undefined || !this.#isReachable) return otherwise();
    try {
      const [count, ttl] = (await this.tracer.span(name, SPAN, () =>
        withTimeout(COMMAND_TIMEOUT_MS, script(connection)),
      )) as number[];
      return { count: Number(count), resetInMs: Math.max(0, Number(ttl)) };
    } catch {
      return otherwise();
    }
  }

  async #probe(): Promise<void> {
    if (this.#isProbing || this.#isClosed) return;
    this.#isProbing = true;
    try {
      this.#connection ??= await this.#connect();
      await withTimeout(COMMAND_TIMEOUT_MS, this.#connection.probe());
      if (!this.#isReachable) this.log.info('Redis available again');
      this.#isReachable = true;
    } catch (error) {
      if (this.#isReachable && !this.#isClosed) {
        this.log.warn({ err: error }, 'Redis unavailable (REDIS_URL): rate limits are counted per process');
      }
      this.#isReachable = false;
      // After a failover, only a new client finds the new primary.
      this.#connection?.destroy();
      this.#connection = undefined;
    } finally {
      this.#isProbing = false;
    }
  }

  async #connect(): Promise<RedisConnection> {
    const connecting = connectRedis(this.urls, (message) => this.log.warn(message));
    try {
      return await withTimeout(CONNECT_TIMEOUT_MS, connecting);
    } catch (error) {
      connecting.then((late) => late.destroy()).catch(() => {});
      throw error;
    }
  }
}
