import type { Options, Sql } from 'postgres';
import { codesOf } from './database.js';
import type { Log } from './log.js';
import { postgresHosts } from './postgres-url.js';
import { TimeoutError } from './with-timeout.js';

/** Shortest time between two replacements (ms), so that an outage does not open connections without end. */
const MIN_REPLACE_INTERVAL_MS = 1000;
/** Within this time (ms), a further replacement belongs to the same outage and is no new warning. */
const SAME_OUTAGE_MS = 60_000;
/** How long the work on replaced connections may still take (s). */
const DRAIN_SECONDS = 5;

type ConnectOptions = Options<Record<string, never>>;
type Connect = (url: string, options: ConnectOptions) => Sql;

/**
 * A postgres.js pool that can be replaced as a whole. The driver keeps connections to a server that was demoted
 * to a standby, or that no longer answers; only new connections find the new primary behind the same address, or
 * on the next of several hosts.
 */
export class PostgresPool {
  #client: Sql;
  #replacedAt = Number.NEGATIVE_INFINITY;
  #replacements = 0;
  #isClosed = false;

  constructor(
    readonly connect: Connect,
    readonly url: string,
    readonly options: ConnectOptions,
    readonly log: Log,
  ) {
    this.#client = this.#open();
  }

  get client(): Sql {
    return this.#client;
  }

  /** Sends new work to new connections; what runs on the old ones may finish. */
  replace(reason: string): void {
    const sinceMs = performance.now() - this.#replacedAt;
    if (this.#isClosed || sinceMs < MIN_REPLACE_INTERVAL_MS) return;
    this.#replacedAt = performance.now();
    this.#replacements += 1;
    this.log[sinceMs < SAME_OUTAGE_MS ? 'debug' : 'warn']({ reason }, 'database connections are replaced');
    const old = this.#client;
    this.#client = this.#open();
    // Drizzle has set its own parsers on the first client.
    Object.assign(this.#client.options.parsers, old.options.parsers);
    Object.assign(this.#client.options.serializers, old.options.serializers);
    old.end({ timeout: DRAIN_SECONDS }).catch(() => {});
  }

  /** Replaces the connections if an error says that they lead to the wrong server, or nowhere. */
  replaceIfUnusable(error: unknown): void {
    if (error instanceof TimeoutError) this.replace('a connection does not answer');
    else if (codesOf(error).includes('25006')) this.replace('the server has become read-only');
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#client.end({ timeout: DRAIN_SECONDS });
  }

  #open(): Sql {
    return this.connect(this.url, { ...this.options, ...hostOptions(this.url, this.#replacements) });
  }
}

/**
 * Options for a URL with several hosts, beginning with another one after each replacement. The driver's
 * `read-write` looks at `default_transaction_read_only` alone, which a standby has off, so it takes standbys;
 * its `primary` does not. (A primary in read-only mode shows with the first write, and leads to a replacement.)
 */
export function hostOptions(url: string, rotation = 0): ConnectOptions {
  const hosts = postgresHosts(url).map(({ host, port }) => `${host}:${port}`);
  const wantsPrimary = /[?&]target_session_attrs=(?:read-write|primary)(?:&|$)/.test(url);
  const first = rotation % hosts.length;
  const rotated = [...hosts.slice(first), ...hosts.slice(0, first)];
  return {
    ...(wantsPrimary && { target_session_attrs: 'primary' as const }),
    ...(hosts.length > 1 && { host: rotated.join(',') }),
  };
}
