import { connect } from 'node:net';
import { checkDatabase } from './database-checks.js';
import type { DatabaseHandle } from './database-handle.js';
import { StartupError } from './error.js';
import { Jobs } from './jobs.js';
import type { Log } from './log.js';
import { MIGRATIONS_FOLDER, openDatabase } from './open-database.js';
import { postgresHosts } from './postgres-url.js';
import { withTimeout } from './with-timeout.js';

const ANSWER_TIMEOUT_MS = 5000;

const CANNOT_CONNECT = 'cannot connect to the database (DATABASE_URL)';

type Host = ReturnType<typeof postgresHosts>[number];

/**
 * Opens the database and waits until it answers.
 * @throws StartupError if it cannot be reached or opened
 */
export async function connectDatabase(url: string, poolSize: number, log: Log): Promise<DatabaseHandle> {
  if (url.startsWith('pglite:')) {
    return explainDatabaseFaults(() => openDatabase(url, poolSize, log)).catch((error) => {
      throw error instanceof StartupError ? error : brokenFolder(url, error);
    });
  }
  const hosts = postgresHosts(url);
  if (hosts.length > 1) await checkHosts(hosts);
  return explainDatabaseFaults(async () => {
    const database = await openDatabase(url, poolSize, log);
    try {
      await withTimeout(ANSWER_TIMEOUT_MS, checkDatabase(database.db));
      return database;
    } catch (error) {
      // Not awaited: it waits for statements that have no answer.
      void database.close().catch(() => {});
      throw error;
    }
  });
}

/**
 * postgres.js retries several hosts forever. This tries each one once.
 * @throws StartupError if none accepts a connection
 */
async function checkHosts(hosts: readonly Host[]): Promise<void> {
  const faults = await Promise.all(hosts.map(connectionFault));
  if (faults.includes(undefined)) return;
  throw new StartupError([`${CANNOT_CONNECT}: ${faults.join(', ')}`]);
}

function connectionFault({ host, port }: Host): Promise<string | undefined> {
  return new Promise((done) => {
    const socket = connect({ host, port, timeout: ANSWER_TIMEOUT_MS });
    const finish = (fault?: string) => {
      socket.destroy();
      done(fault && `${fault} ${host}:${port}`);
    };
    socket.once('connect', () => finish());
    socket.once('timeout', () => finish('ETIMEDOUT'));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => finish(code ?? 'failed'));
  });
}

function brokenFolder(url: string, error: unknown): StartupError {
  const [reason] = String(error instanceof Error ? error.message : error).split('\n');
  return new StartupError([
    `cannot open the embedded database ${url} (DATABASE_URL): ${reason}: restore its folder or name another`,
  ]);
}

/**
 * Applies pending migrations, one process at a time.
 * @throws StartupError if the database refuses them
 */
export function migrate(database: DatabaseHandle): Promise<void> {
  return explainDatabaseFaults(async () => {
    await database.withMigrationLock((connection) => connection.migrate(MIGRATIONS_FOLDER));
    await Jobs.install(database);
  });
}

/** Throws a `StartupError` for each fault that the operator can correct. Other errors pass. */
async function explainDatabaseFaults<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const fault = databaseFault(error);
    throw fault === undefined ? error : new StartupError([fault]);
  }
}

/** The address of a failed connection. Node.js reports several errors for a host with several addresses. */
function addressOf(error: Error & { errors?: Endpoint[] } & Endpoint): string {
  const { address, hostname, port } = error.errors?.[0] ?? error;
  return [address ?? hostname ?? [], port ?? []].flat().join(':');
}

interface Endpoint {
  readonly address?: string;
  readonly hostname?: string;
  readonly port?: number;
}

/** Advice to the operator by SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const ADVICE: Readonly<Record<string, string>> = {
  '28P01': 'the server refused the user or password',
  '28000': 'the server does not allow this user to connect from here (pg_hba.conf)',
  '3D000': 'the database does not exist: create it first',
  '42501': 'the user lacks a permission: let it own the database, or create schemas and tables in it',
  '08P01': 'the server refused a connection setting: for PgBouncer, list it in ignore_startup_parameters',
  '25006':
    'the server is read-only: name the primary, or list several hosts with target_session_attrs=read-write',
  '42P01': 'the tables are missing: run the migrations (npm run db:migrate)',
  '53300': 'the server has no free connections: lower DATABASE_POOL_SIZE or raise max_connections',
  '57P03': 'the server is starting up or shutting down',
};

const TLS = /^(ERR_(TLS|SSL)|SELF_|CERT_|DEPTH_|UNABLE_|HOSTNAME_)/;
const CONNECTING = /^(E[A-Z]+|CONNECT_TIMEOUT|CONNECTION_\w+)$/;

function databaseFault(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code, path } = cause as NodeJS.ErrnoException;
    if (typeof code !== 'string') continue;
    if (path !== undefined)
      return `cannot write the folder of the embedded database (DATABASE_URL): ${code} ${path}`;
    if (TLS.test(code)) return `${CANNOT_CONNECT}: ${code}: check sslmode and the server's certificate`;
    if (code === 'TIMEOUT')
      return `${CANNOT_CONNECT}: TIMEOUT: no server accepted a session; check the servers and target_session_attrs`;
    if (CONNECTING.test(code)) return `${CANNOT_CONNECT}: ${code} ${addressOf(cause)}`.trim();
    if (ADVICE[code] !== undefined) return `cannot use the database (DATABASE_URL): ${code}: ${ADVICE[code]}`;
  }
  return undefined;
}
