import type { Options, Sql } from 'postgres';
import type { Log } from './log.js';

/** Shortest time between two replacements (ms), so that an outage does not open connections without end. */
const MIN_REPLACE_INTERVAL_MS = 1000;
/** Within this time (ms), a further replacement belongs to the same outage and is no new warning. */
const SAME_OUTAGE_MS = 60_000;
/** How long the work on replaced connections may still take (s). */
const DRAIN_SECONDS = 5;

type Connect = (url: string, options: Options<Record<string, never>>) => Sql;

/**
 * A postgres.js pool that can be replaced as a whole. The driver keeps connections to a server that was demoted
 * to a standby, or that no longer answers; only new connections find the new primary behind the same address.
 */
export class PostgresPool {
  #client: Sql;
  #replacedAt = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(
    readonly connect: Connect,
    readonly url: string,
    readonly options: Options<Record<string, never>>,
    readonly log: Log,
  ) {
    this.#client = connect(url, options);
  }

  get client(): Sql {
    return this.#client;
  }

  /** Sends new work to new connections; what runs on the old ones may finish. */
  replace(reason: string): void {
    const sinceMs = performance.now() - this.#replacedAt;
    if (this.#isClosed || sinceMs < MIN_REPLACE_INTERVAL_MS) return;
    this.#replacedAt = performance.now();
    this.log[sinceMs < SAME_OUTAGE_MS ? 'debug' : 'warn']({ reason }, 'database connections are replaced');
    const old = this.#client;
    this.#client = this.connect(this.url, this.options);
    // Drizzle has set its own parsers on the first client.
    Object.assign(this.#client.options.parsers, old.options.parsers);
    Object.assign(this.#client.options.serializers, old.options.serializers);
    old.end({ timeout: DRAIN_SECONDS }).catch(() => {});
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#client.end({ timeout: DRAIN_SECONDS });
  }
}
