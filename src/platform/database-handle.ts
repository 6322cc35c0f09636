import type { Database } from './database.js';
import type { QueueConnection } from './queue-connection.js';

/** A database, and the operations on it that are only for `platform/`. */
export interface DatabaseHandle {
  /** Usable after `open`. Statements can be prepared before. */
  readonly db: Database;
  /**
   * Connects, and waits until the database answers.
   * @throws StartupError or an error of the driver
   */
  open(): Promise<void>;
  /** Runs `work` on a separate connection that holds the migration lock. */
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
