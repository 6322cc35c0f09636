import { sql } from 'drizzle-orm';
import type { Sql } from 'postgres';
import { codesOf, type Database, queryRows } from './database.js';
import type { Log } from './log.js';
import { type Connect, type ConnectOptions, PostgresPool } from './postgres-pool.js';

/** Settings that our statements rely on. They override the defaults of the server and the role. */
const SESSION_SETTINGS = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, MDY',
  bytea_output: 'hex',
  default_transaction_isolation: 'read committed',
} as const;

/** Settings that PgBouncer applies for each client. It refuses all others at the start of a connection. */
const FOLLOWING = ['application_name', 'TimeZone', 'DateStyle'];

/** Postgres accepts any setting with a dot. A pooler refuses it, or does not pass it on. */
const MARK = 'gatehouse.direct';

/** If the server is read-only, it ends the connections of this user, its own last. */
const END_READ_ONLY = `SELECT pg_terminate_backend(pid) FROM (
  SELECT pid FROM pg_stat_activity WHERE usename = current_user AND datname = current_database()
    AND (pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean)
  ORDER BY pid = pg_backend_pid()
) AS own`;

/**
 * The connections to one URL: of a Postgres server, or of a pooler such as PgBouncer in transaction mode.
 *
 * Behind a pooler, each transaction may run on another connection to the server. So there are no named prepared
 * statements, and the settings of the role apply (see `settingsFault`).
 */
export class PostgresServer {
  #isPooled = false;
  readonly #pools: PostgresPool[] = [];

  constructor(
    readonly connect: Connect,
    readonly url: string,
    readonly log: Log,
    readonly isReplica = false,
  ) {}

  /** Whether a pooler is in between. Known after `detectPooler`. */
  get isPooled(): boolean {
    return this.#isPooled;
  }

  /** Connects when the first statement is sent. */
  openPool(options: ConnectOptions): PostgresPool {
    const pool = new PostgresPool(
      this.connect,
      this.url,
      () => this.#options(options),
      this.log,
      (client) => this.#endReadOnly(client),
    );
    this.#pools.push(pool);
    return pool;
  }

  /**
   * Finds out whether a pooler is in between. Without one, this is a single statement on the connection of the pool.
   * @param db runs its statements on a pool of this server
   */
  async detectPooler(db: Database): Promise<void> {
    if (await hasMark(db)) return;
    this.#isPooled = true;
    for (const pool of this.#pools) pool.reopen();
  }

  /**
   * Attack: after a failover, a pooler keeps connections to the former primary, where no more sessions end. Our new
   * connections to the pooler would use them. If the server ends them, the pooler connects to the address anew.
   */
  #endReadOnly(client: Sql): void {
    if (!this.#isPooled || this.isReplica) return;
    Promise.resolve(client.unsafe(END_READ_ONLY)).catch(() => {});
  }

  #options({ connection, ...options }: ConnectOptions): ConnectOptions {
    const settings = { application_name: 'gatehouse', ...SESSION_SETTINGS, ...connection, [MARK]: 'yes' };
    const followed = Object.entries(settings).filter(([name]) => FOLLOWING.includes(name));
    return {
      // The option would override the parameter of the URL.
      ...(this.url.includes('connect_timeout=') ? {} : { connect_timeout: 5 }),
      // Seconds. The driver's own pause grows to 20 s: the gateway would be unavailable for longer than the database.
      backoff: () => 0.25,
      onnotice: (notice: { code?: string }) =>
        this.log.debug({ sqlState: notice.code }, 'notice from Postgres'),
      prepare: !this.#isPooled,
      ...options,
      connection: this.#isPooled ? Object.fromEntries(followed) : settings,
    };
  }
}

async function hasMark(db: Database): Promise<boolean> {
  try {
    const [row] = await queryRows<{ mark: string | null }>(
      db,
      sql`SELECT current_setting(${MARK}::text, true) AS mark`,
    );
    return row?.mark === 'yes';
  } catch (error) {
    // PgBouncer: "unsupported startup parameter".
    if (codesOf(error).includes('08P01')) return false;
    throw error;
  }
}

interface Expected {
  readonly name: string;
  readonly value: string;
  accepts(setting: string): boolean;
}

const exactly = (name: string, value: string): Expected => ({ name, value, accepts: (set) => set === value });
const upTo = (name: string, ms: number): Expected => ({
  name,
  value: `${ms / 1000}s`,
  accepts: (set) => Number(set) > 0 && Number(set) <= ms,
});

/** The longest statement and the longest pause in a transaction (ms). */
export interface SessionLimits {
  readonly statementMs: number;
  readonly idleMs: number;
}

/** What each connection behind a pooler must have. */
const expected = (limits: SessionLimits): Expected[] => [
  ...Object.entries(SESSION_SETTINGS).map(([name, value]) => exactly(name, value)),
  upTo('statement_timeout', limits.statementMs),
  upTo('idle_in_transaction_session_timeout', limits.idleMs),
];

/**
 * Compares the settings that a pooled connection has with those that the gateway would set.
 * @returns what the operator must do; undefined if all are right
 */
export async function settingsFault(db: Database, limits: SessionLimits): Promise<string | undefined> {
  const settings = expected(limits);
  const names = settings.map(({ name }) => name).join();
  const rows = await queryRows<{ name: string; setting: string; role: string }>(
    db,
    sql`SELECT name, setting, quote_ident(current_user) AS role FROM pg_settings
      WHERE name = ANY(string_to_array(${names}::text, ','))`,
  );
  const wrong = settings.filter(
    ({ name, accepts }) => !rows.some((row) => row.name === name && accepts(row.setting)),
  );
  if (wrong.length === 0) return undefined;
  const statements = wrong.map(({ name, value }) => `ALTER ROLE ${rows[0]?.role} SET ${name} = '${value}';`);
  return `names a connection pooler, which does not pass settings on: run ${statements.join(' ')} and RECONNECT in the console of the pooler`;
}
