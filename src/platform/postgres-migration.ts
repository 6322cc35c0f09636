import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { Sql } from 'postgres';
import { runBeforeMigrations } from './before-migrations.js';
import { CASING, type Database, queryRows } from './database.js';
import type { MigrationConnection } from './database-handle.js';
import { StartupError } from './error.js';
import { AdvisoryLock } from './locks.js';
import type { Log } from './log.js';
import type { Connect } from './postgres-pool.js';
import { PostgresServer } from './postgres-server.js';

export interface MigrationDeps {
  /** The database that the gateway uses. */
  readonly db: Database;
  readonly url: string;
  readonly directUrl: string | undefined;
  readonly postgres: Connect;
  readonly log: Log;
}

/** How often a process that waits asks for the lock. */
const LOCK_POLL_MS = 200;

/** Migrations take as long as they need, whatever the role says. The driver leaves out a number 0. */
const NO_TIMEOUTS = { statement_timeout: '0', lock_timeout: '0', idle_in_transaction_session_timeout: '0' };

/**
 * Runs `work` on a connection that holds the migration lock. The lock belongs to the connection, so a pooler must not be
 * in between.
 * @throws StartupError if a pooler is in between, or the connection leads to another database
 */
export async function withMigrationLock(
  { db, url, directUrl, postgres, log }: MigrationDeps,
  work: (connection: MigrationConnection) => Promise<void>,
): Promise<void> {
  const { drizzle } = await import('drizzle-orm/postgres-js');
  const { migrate } = await import('drizzle-orm/postgres-js/migrator');
  const server = new PostgresServer(postgres, directUrl ?? url, log);
  const pool = server.openPool({ max: 1, connection: NO_TIMEOUTS as never });
  try {
    const connection = drizzle(pool.client, CASING);
    await server.detectPooler(connection as unknown as Database);
    if (server.isPooled) throw pooled(directUrl);
    const { client } = pool;
    const pid = await takeLock(client);
    if (directUrl !== undefined) await requireSameDatabase(db, pid);
    const execute = async (text: string) => ({
      rows: [...(await client.unsafe(text).simple())].flat() as never,
    });
    await work({
      async migrate(folder) {
        await runBeforeMigrations(folder, execute);
        await migrate(connection, { migrationsFolder: folder });
      },
      execute,
    });
  } finally {
    await pool.close();
  }
}

/**
 * Takes the lock; returns the process id of the connection. It asks again and again: a statement that waits for the lock
 * would have a snapshot, for whose end `CREATE INDEX CONCURRENTLY` of the process that holds the lock waits. Postgres would
 * abort one of them as a deadlock.
 */
async function takeLock(client: Sql): Promise<number> {
  for (;;) {
    const [row] = await client<{ taken: boolean; pid: number }[]>`
      SELECT pg_try_advisory_lock(${AdvisoryLock.MIGRATION}) AS taken, pg_backend_pid() AS pid`;
    if (row?.taken === true) return row.pid;
    await sleep(LOCK_POLL_MS);
  }
}

function pooled(directUrl: string | undefined): StartupError {
  return new StartupError([
    directUrl === undefined
      ? 'DATABASE_URL names a connection pooler, and migrations need a connection of their own: set DATABASE_DIRECT_URL to the URL of the server'
      : 'DATABASE_DIRECT_URL must name the server itself, not a connection pooler',
  ]);
}

/** The lock of the migration's connection must be visible to the gateway. Otherwise another database would be migrated. */
async function requireSameDatabase(db: Database, pid: number): Promise<void> {
  const [row] = await queryRows<{ seen: boolean }>(
    db,
    sql`SELECT EXISTS (
      SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = ${AdvisoryLock.MIGRATION as number}::bigint
        AND pid = ${pid}::integer AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ) AS seen`,
  );
  if (row?.seen !== true)
    throw new StartupError(['DATABASE_DIRECT_URL must name the same database as DATABASE_URL']);
}
