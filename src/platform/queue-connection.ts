import type { PGlite } from '@electric-sql/pglite';
import type { Sql } from 'postgres';
import type { Database } from './database.js';
import { begin, boundedClient } from './postgres-client.js';
import type { PostgresPool } from './postgres-pool.js';
import { withTimeout } from './with-timeout.js';

const STATEMENT_TIMEOUT_MS = 5000;
const LOCK_TIMEOUT_MS = 3000;
/** Maintenance may have to archive the jobs of several days. */
const MAINTENANCE_TIMEOUT_MS = 300_000;
/** The client waits this much longer than the server's own timeout. */
const GRACE_MS = 1000;

/**
 * The database connection of the job queue. Requests do not use it, so that open transactions and lock waits of the
 * queue cannot affect them.
 */
export interface QueueConnection {
  run<T>(work: (db: Database) => Promise<T>): Promise<T>;
  /** Runs several SQL statements in one transaction. */
  transaction(statements: string): Promise<void>;
  close(): Promise<void>;
}

/** Settings of the queue's two Postgres connections: one for maintenance, one for everything else. */
export const queueSettings = {
  max: 2,
  /** Seconds. Constant, because the queue already pauses between its attempts. */
  backoff: () => 0.5,
  connection: {
    application_name: 'gatehouse-jobs',
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: 30_000,
  },
} as const;

/** @param wrap creates the `Database` for a client */
export function postgresQueueConnection(
  pool: PostgresPool,
  wrap: (client: Sql) => Database,
): QueueConnection {
  const db = wrap(boundedClient(pool, STATEMENT_TIMEOUT_MS));
  return {
    run: (work) => work(db),
    async transaction(statements) {
      // Only the simple protocol accepts several statements.
      const text = `SET LOCAL statement_timeout = ${MAINTENANCE_TIMEOUT_MS};
        SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}; ${statements}`;
      try {
        const done = begin(pool.client, async (tx) => await tx.unsafe(text).simple());
        await withTimeout(MAINTENANCE_TIMEOUT_MS + GRACE_MS, done);
      } catch (error) {
        pool.replaceIfUnusable(error);
        throw error;
      }
    },
    close: () => pool.close(),
  };
}

/** The embedded database has one connection. Its driver makes requests wait until the transaction has ended. */
export function pgliteQueueConnection(client: Pick<PGlite, 'transaction'>, db: Database): QueueConnection {
  return {
    run: (work) => work(db),
    transaction: async (statements) => void (await client.transaction((tx) => tx.exec(statements))),
    close: async () => {},
  };
}
