import type { PGlite } from '@electric-sql/pglite';
import type { Sql } from 'postgres';
import type { Database } from './database.js';
import { boundedClient } from './postgres-client.js';
import { within } from './within.js';

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

/**
 * A session that the driver would keep: the server has become read-only, a transaction was aborted, or there is no
 * answer. Sessions that the server ends (57P01) are left to the driver: it pauses before it connects again, and a
 * handshake with a server that is shutting down can crash it (postgres 3.4.9 writes to a socket that is gone).
 */
const UNUSABLE = new Set(['25006', '25P02', 'TIMEOUT']);

/** @param wrap makes the `Database` of a client */
export function postgresQueueConnection(
  connect: () => Sql,
  wrap: (client: Sql) => Database,
): QueueConnection {
  const open = () => {
    const client = connect();
    return { client, db: wrap(boundedClient(client, STATEMENT_TIMEOUT_MS + GRACE_MS)) };
  };
  let current = open();

  async function attempt<T>(work: (used: typeof current) => Promise<T>): Promise<T> {
    const used = current;
    try {
      return await work(used);
    } catch (error) {
      if (used === current && isUnusable(error)) {
        current = open();
        void used.client.end({ timeout: 5 });
      }
      throw error;
    }
  }

  return {
    run: (work) => attempt(({ db }) => work(db)),
    transaction: (statements) =>
      attempt(async ({ client }) => {
        // The simple protocol is the only one that takes many statements.
        const text = `SET LOCAL statement_timeout = ${MAINTENANCE_TIMEOUT_MS}; ${statements}`;
        const done = client.begin((tx) => tx.unsafe(text).simple());
        await within(MAINTENANCE_TIMEOUT_MS + GRACE_MS, done);
      }),
    close: () => current.client.end({ timeout: 5 }),
  };
}

/** The embedded database has one connection; its driver keeps requests out until the transaction has ended. */
export function pgliteQueueConnection(client: PGlite, db: Database): QueueConnection {
  return {
    run: (work) => work(db),
    transaction: async (statements) => void (await client.transaction((tx) => tx.exec(statements))),
    close: async () => {},
  };
}

function isUnusable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (UNUSABLE.has((cause as { code?: string }).code ?? '')) return true;
  }
  return false;
}
