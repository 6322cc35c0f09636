import type { PGlite } from '@electric-sql/pglite';
import type { Sql } from 'postgres';
import type { Database } from './database.js';
import { begin, boundedClient } from './postgres-client.js';
import type { PostgresPool } from './postgres-pool.js';
import { withTimeout } from './with-timeout.js';

/** Longest time for one statement of the queue (ms). */
const STATEMENT_TIMEOUT_MS = 5000;
/** Longest wait for a row lock (ms). */
const LOCK_TIMEOUT_MS = 3000;
/** Longest time for one statement of the maintenance, which may have days of jobs to archive (ms). */
const MAINTENANCE_TIMEOUT_MS = 300_000;
/** How long the client waits beyond the server's own timeout before it gives the connection up (ms). */
const GRACE_MS = 1000;

/**
 * The job queue's own access to the database. Requests do not use its connections, so that no transaction that the
 * queue leaves behind, and no lock that it waits for, can affect a request.
 */
export interface QueueConnection {
  run<T>(work: (db: Database) => Promise<T>): Promise<T>;
  /** Runs SQL text of many statements as one transaction, which is rolled back if a statement fails. */
  transaction(statements: string): Promise<void>;
  close(): Promise<void>;
}

/** Settings of the queue's Postgres connections: one for the maintenance, one for everything else. */
export const queueSettings = {
  max: 2,
  /** Seconds. Constant, because the queue itself pauses between its attempts. */
  backoff: () => 0.5,
  connection: {
    application_name: 'gatehouse-jobs',
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: 30_000,
  },
} as const;

/** @param wrap makes the `Database` of a client */
export function postgresQueueConnection(
  pool: PostgresPool,
  wrap: (client: Sql) => Database,
): QueueConnection {
  const db = wrap(boundedClient(pool, STATEMENT_TIMEOUT_MS));
  return {
    run: (work) => work(db),
    async transaction(statements) {
      // The simple protocol is the only one that takes many statements.
      const text = `SET LOCAL statement_timeout = ${MAINTENANCE_TIMEOUT_MS}; ${statements}`;
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

/** The embedded database has one connection; its driver keeps requests out until the transaction has ended. */
export function pgliteQueueConnection(client: Pick<PGlite, 'transaction'>, db: Database): QueueConnection {
  return {
    run: (work) => work(db),
    transaction: async (statements) => void (await client.transaction((tx) => tx.exec(statements))),
    close: async () => {},
  };
}
