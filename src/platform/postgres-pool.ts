import type { Options, Sql } from 'postgres';
import { codesOf } from './database.js';
import type { Log } from './log.js';
import { postgresHosts } from './postgres-url.js';
import { TimeoutError } from './with-timeout.js';

/** Limits how many connections an outage can open. */
const MIN_REPLACE_INTERVAL_MS = 1000;
/** A replacement within this time after the last one belongs to the same outage, and is not logged as a warning. */
const SAME_OUTAGE_MS = 60_000;
/** How long running work may go on on replaced connections. */
const DRAIN_SECONDS = 5;

export type ConnectOptions = Options<Record<string, never>>;
export type Connect = (url: string, options: ConnectOptions) => Sql;

/**
 * A postgres.js pool that can be replaced as a whole. The driver keeps connections to a server that was demoted to a
 * standby or does not answer. Only new connections find the new primary, at the same address or at another host.
 */
export class PostgresPool {
  #client: Sql;
  #replacedAt = Number.NEGATIVE_INFINITY;
  #replacements = 0;
  #isClosed = false;

  constructor(
    readonly connect: Connect,
    readonly url: string,
    readonly options: () => ConnectOptions,
    readonly log: Log,
    /** Called with the new client after a replacement. */
    readonly onReplace: (client: Sql) => void = () => {},
  ) {
    this.#client = this.#open();
  }

  get client(): Sql {
    return this.#client;
  }

  /** Opens new connections for new work. Running work may finish on the old ones. */
  replace(reason: string): void {
    const sinceMs = performance.now() - this.#replacedAt;
    if (this.#isClosed || sinceMs < MIN_REPLACE_INTERVAL_MS) return;
    this.#replacedAt = performance.now();
    this.#replacements += 1;
    this.log[sinceMs < SAME_OUTAGE_MS ? 'debug' : 'warn']({ reason }, 'replacing the database connections');
    this.reopen();
    this.onReplace(this.#client);
  }

  /** Like `replace`, but always and without a log line: the options have changed. */
  reopen(): void {
    const old = this.#client;
    this.#client = this.#open();
    // Drizzle has set its parsers on the first client only.
    Object.assign(this.#client.options.parsers, old.options.parsers);
    Object.assign(this.#client.options.serializers, old.options.serializers);
    old.end({ timeout: DRAIN_SECONDS }).catch(() => {});
  }

  /** Replaces the connections if an error shows that the server is read-only or does not answer. */
  replaceIfUnusable(error: unknown): void {
    if (error instanceof TimeoutError) this.replace('a connection does not answer');
    else if (codesOf(error).includes('25006')) this.replace('the server has become read-only');
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#client.end({ timeout: DRAIN_SECONDS });
  }

  #open(): Sql {
    return this.connect(this.url, { ...this.options(), ...hostOptions(this.url, this.#replacements) });
  }
}

/**
 * Options for a URL with several hosts. Each replacement begins with the next host. For `read-write`, the driver checks
 * only `default_transaction_read_only`, which is off on a standby, so it would accept standbys. `primary` refuses them.
 * (A primary in read-only mode fails at the first write, which replaces the connections.)
 */
function hostOptions(url: string, rotation = 0): ConnectOptions {
  const hosts = postgresHosts(url).map(({ host, port }) => `${host}:${port}`);
  const wantsPrimary = /[?&]target_session_attrs=(?:read-write|primary)(?:&|$)/.test(url);
  const first = rotation % hosts.length;
  const rotated = [...hosts.slice(first), ...hosts.slice(0, first)];
  return {
    ...(wantsPrimary && { target_session_attrs: 'primary' as const }),
    ...(hosts.length > 1 && { host: rotated.join(',') }),
  };
}
