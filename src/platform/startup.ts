import { createDatabase } from './create-database.js';
import type { DatabaseHandle, DatabaseSettings } from './database-handle.js';
import { StartupError } from './error.js';
import { Jobs } from './jobs.js';
import type { Log } from './log.js';
import { MIGRATIONS_FOLDER } from './migrations-folder.js';

/**
 * Creates a handle and opens it.
 * @throws StartupError if the database cannot be reached or opened
 */
export async function connectDatabase(settings: DatabaseSettings, log: Log): Promise<DatabaseHandle> {
  const database = await createDatabase(settings, log);
  await openDatabase(database, settings.url);
  return database;
}

/** @throws StartupError if the database cannot be reached or opened */
export function openDatabase(database: DatabaseHandle, url: string): Promise<void> {
  return explainDatabaseFaults(() => database.open()).catch((error) => {
    // Not awaited, because the statements that got no answer would keep it waiting.
    void Promise.resolve()
      .then(() => database.close())
      .catch(() => {});
    throw error instanceof StartupError || !url.startsWith('pglite:') ? error : brokenFolder(url, error);
  });
}

function brokenFolder(url: string, error: unknown): StartupError {
  const [reason] = String(error instanceof Error ? error.message : error).split('\n');
  return new StartupError([
    `cannot open the embedded database ${url} (DATABASE_URL): ${reason}: restore its folder or name another`,
  ]);
}

/**
 * Brings the database's tables up to date, one process at a time.
 * @throws StartupError if the database refuses it
 */
export function migrate(database: DatabaseHandle): Promise<void> {
  return explainDatabaseFaults(async () => {
    await database.withMigrationLock((connection) => connection.migrate(MIGRATIONS_FOLDER));
    await Jobs.install(database);
  }, database.migrationSetting);
}

/** Turns what the operator can mend about the database into a `StartupError`; other errors pass. */
async function explainDatabaseFaults<T>(work: () => Promise<T>, setting = 'DATABASE_URL'): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const fault = databaseFault(error, setting);
    throw fault === undefined ? error : new StartupError([fault]);
  }
}

/** Where a connection went. Node reports a host with several addresses as several errors. */
function addressOf(error: Error & { errors?: Endpoint[] } & Endpoint): string {
  const { address, hostname, port } = error.errors?.[0] ?? error;
  return [address ?? hostname ?? [], port ?? []].flat().join(':');
}

interface Endpoint {
  readonly address?: string;
  readonly hostname?: string;
  readonly port?: number;
}

/** What the operator can do about an SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const ADVICE: Readonly<Record<string, string>> = {
  '28P01': 'the server refused the user or password',
  '28000': 'the server does not allow this user to connect from here (pg_hba.conf)',
  '3D000': 'the database does not exist: create it first',
  '42501': 'the user lacks a permission: it must own the database or may create schemas and tables in it',
  '08P01':
    'the connection pooler refused the connection: its log says why, such as an unknown database or user, or a server that it cannot reach',
  '25006': 'the server is read-only: name the primary, or several hosts and target_session_attrs=read-write',
  '42P01': 'the tables are missing: run the migrations (npm run db:migrate)',
  '53300': 'the server has no free connections: lower DATABASE_POOL_SIZE or raise max_connections',
  '55P03':
    'another transaction, such as a backup, uses the tables that a migration changes: start again after it has ended',
  '57P03': 'the server is starting up or shutting down',
};

const TLS = /^(ERR_(TLS|SSL)|SELF_|CERT_|DEPTH_|UNABLE_|HOSTNAME_)/;
const CONNECTING = /^(E[A-Z]+|CONNECT_TIMEOUT|CONNECTION_\w+)$/;

function databaseFault(error: unknown, setting: string): string | undefined {
  const cannotConnect = `cannot connect to the database (${setting})`;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code, path } = cause as NodeJS.ErrnoException;
    if (typeof code !== 'string') continue;
    if (path !== undefined)
      return `cannot write the folder of the embedded database (DATABASE_URL): ${code} ${path}`;
    if (TLS.test(code)) return `${cannotConnect}: ${code}: check sslmode and the server's certificate`;
    if (code === 'TIMEOUT')
      return `${cannotConnect}: TIMEOUT: no server accepted a session; check the servers and target_session_attrs`;
    if (CONNECTING.test(code)) return `${cannotConnect}: ${code} ${addressOf(cause)}`.trim();
    if (ADVICE[code] !== undefined) return `cannot use the database (${setting}): ${code}: ${ADVICE[code]}`;
  }
  return undefined;
}
