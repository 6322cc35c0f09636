import type { Database } from './database.js';
import type { QueueConnection } from './queue-connection.js';

/** An open database, and the operations on it that only `platform/` uses. */
export interface DatabaseHandle {
  readonly db: Database;
  /** Runs `work` on a separate connection that holds the migration lock. */
  withMigrationLock(work: (connection: MigrationConnection) => Promise<void>): Promise<void>;
  /** Opens connections that only the job queue uses. */
  openQueueConnection(): QueueConnection;
  /** Opens a connection for a query that runs several times a second. Requests do not use it. */
  openPoller(): Poller;
  /** Whether the database answers and accepts writes. */
  canWrite(): Promise<boolean>;
  close(): Promise<void>;
}

export interface Poller {
  /** @throws if there is no answer within `POLL_TIMEOUT_MS`; the next poll then uses a new connection */
  poll<T>(text: string, parameters: readonly unknown[]): Promise<T[]>;
  /** Replaces this connection and those of the pool, because they lead to the wrong server. */
  reconnect(reason: string): void;
  close(): Promise<void>;
}

export interface MigrationConnection {
  /** Applies the pending migrations of a folder. */
  migrate(folder: string): Promise<void>;
  /** Runs one or more SQL statements. */
  execute(text: string): Promise<{ rows: Record<string, unknown>[] }>;
}
