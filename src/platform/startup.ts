import { sql } from 'drizzle-orm';
import { type DatabaseHandle, MIGRATIONS_FOLDER, openDatabase, rowsOf } from './database.js';
import { StartupError } from './error.js';
import { Jobs } from './jobs.js';
import type { Log } from './log.js';
import { within } from './within.js';

/** How long (ms) the database may take to answer at the start. */
const ANSWER_TIMEOUT_MS = 10_000;

/**
 * Opens the database and waits until it answers.
 * @throws StartupError if it cannot be reached or opened
 */
export async function connectDatabase(url: string, poolSize: number, log: Log): Promise<DatabaseHandle> {
  return explainDatabaseFaults(async () => {
    const database = await openDatabase(url, poolSize, log);
    try {
      await within(ANSWER_TIMEOUT_MS, rowsOf(database.db, sql`SELECT 1`));
    } catch (error) {
      // What waits for an answer keeps a graceful close waiting too.
      void database.close().catch(() => {});
      throw error;
    }
    return database;
  });
}

/**
 * Brings the database's tables up to date, one process at a time.
 * @throws StartupError if the database refuses it
 */
export function migrate(database: DatabaseHandle): Promise<void> {
  return explainDatabaseFaults(async () => {
    await database.withMigrationLock((connection) => connection.migrate(MIGRATIONS_FOLDER));
    await Jobs.install(database);
  });
}

/** Turns what the operator can mend about the database into a `StartupError`; other errors pass. */
async function explainDatabaseFaults<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const fault = databaseFault(error);
    throw fault === undefined ? error : new StartupError([fault]);
  }
}

/** What the operator can do about an SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const ADVICE: Readonly<Record<string, string>> = {
  '28P01': 'the server refused the user or password',
  '28000': 'the server does not allow this user to connect from here (pg_hba.conf)',
  '3D000': 'the database does not exist: create it first',
  '42501': 'the user lacks a permission: it must own the database or may create schemas and tables in it',
  '08P01': 'the server refused a connection setting; for PgBouncer list it in ignore_startup_parameters',
  '25006': 'the server is read-only: name the primary, or several hosts and target_session_attrs=read-write',
  '53300': 'the server has no free connections: lower DATABASE_POOL_SIZE or raise max_connections',
  '57P03': 'the server is starting up or shutting down',
};

const CONNECTING =
  /^(E[A-Z]+|CONNECT_TIMEOUT|CONNECTION_(CLOSED|ENDED|DESTROYED)|TIMEOUT|(ERR|SELF|CERT|DEPTH|UNABLE|HOSTNAME)_\w+)$/;

function databaseFault(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code, path } = cause as NodeJS.ErrnoException;
    if (typeof code !== 'string') continue;
    if (path !== undefined)
      return `cannot write the folder of the embedded database (DATABASE_URL): ${code} ${path}`;
    if (CONNECTING.test(code))
      return `cannot connect to the database (DATABASE_URL): ${[code, addressOf(cause)].join(' ').trim()}`;
    if (ADVICE[code] !== undefined) return `cannot use the database (DATABASE_URL): ${code}: ${ADVICE[code]}`;
  }
  return undefined;
}

/** Where a connection went, as Node (one address or several) and postgres.js tell it. */
function addressOf(
  error: Error & { errors?: unknown; address?: unknown; hostname?: unknown; port?: unknown },
): string {
  if (Array.isArray(error.errors)) return [...new Set(error.errors.map(addressOf))].join(', ');
  const host = [error.address ?? error.hostname].flat().join(', ');
  const port = [error.port ?? []].flat().join(', ');
  return port === '' ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
