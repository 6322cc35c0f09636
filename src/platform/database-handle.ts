import type { Database } from './database.js';
import type { Metrics } from './metrics.js';
import type { QueueConnection } from './queue-connection.js';
import type { Tracer } from './tracer.js';

export interface DatabaseSettings {
  /** `postgres://…`, `pglite:<folder>` or `pglite:memory`. */
  readonly url: string;
  /** Leads to the same database without a pooler. Undefined: `url` does. */
  readonly directUrl?: string | undefined;
  /** Streaming replicas of the database, for `reader`. */
  readonly replicaUrls?: readonly string[];
  /** Connections for requests. */
  readonly poolSize: number;
}

export interface DatabaseObservers {
  /** Counts the reads of replicas. Without it, no replica is used. */
  readonly metrics?: Metrics;
  /** Makes a span of each statement. */
  readonly tracer?: Tracer;
}

/** A database, and the operations on it that are only for `platform/`. */
export interface DatabaseHandle {
  /** Usable after `open`. Statements can be prepared before. */
  readonly db: Database;
  /**
   * For reads that decide nothing: lists, figures and the audit log. The answer may be up to ten seconds old, because a
   * replica may give it.
   */
  readonly reader: Database;
  /** Like `db`. After a transaction on it, `reader` uses the primary until the replicas have caught up. */
  readonly writer: Database;
  /**
   * Connects, and waits until the database answers.
   * @throws StartupError or an error of the driver
   */
  open(): Promise<void>;
  /** Whether a pooler such as PgBouncer is between the gateway and the server. Known after `open`. */
  readonly isPooled: boolean;
  /** The setting that leads to the connection of migrations, for messages to operators. */
  readonly migrationSetting: 'DATABASE_URL' | 'DATABASE_DIRECT_URL';
  /**
   * Runs `work` on a separate connection that holds the migration lock.
   * @throws StartupError if the connection is a pooler's, or leads to another database
   */
  withMigrationLock(work: (connection: MigrationConnection) => Promise<void>): Promise<void>;
  /** Opens connections that only the job queue uses. */
  openQueueConnection(): QueueConnection;
  /** Opens a connection for one read that recurs several times a second, apart from the pool of the requests. */
  openPoller(): Poller;
  /** Whether the database answers and takes writes. */
  canWrite(): Promise<boolean>;
  close(): Promise<void>;
}

export interface Poller {
  /** @throws if there is no answer within `POLL_TIMEOUT_MS`; the next poll then uses a new connection */
  poll<T>(text: string, parameters: readonly unknown[]): Promise<T[]>;
  /** The server behind the address is no longer the right one: makes all connections anew, also the pool's. */
  reconnect(reason: string): void;
  close(): Promise<void>;
}

export interface MigrationConnection {
  /** Applies what is missing of the folder's migrations. */
  migrate(folder: string): Promise<void>;
  /** Runs SQL text of one or many statements. */
  execute(text: string): Promise<{ rows: Record<string, unknown>[] }>;
}
