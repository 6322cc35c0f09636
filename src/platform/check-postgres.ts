import { connect } from 'node:net';
import type { Database } from './database.js';
import { checkDatabase } from './database-checks.js';
import { StartupError } from './error.js';
import { type PostgresServer, type SessionLimits, settingsFault } from './postgres-server.js';
import { postgresHosts } from './postgres-url.js';
import { withTimeout } from './with-timeout.js';

/** How long (ms) the database may take to answer at the start. */
const ANSWER_TIMEOUT_MS = 5000;

const CANNOT_CONNECT = 'cannot connect to the database (DATABASE_URL)';

type Host = ReturnType<typeof postgresHosts>[number];

/**
 * Waits until the server answers and has what the gateway needs.
 * @throws StartupError if no host accepts a connection, or the server lacks something
 */
export async function checkPostgres(
  server: PostgresServer,
  db: Database,
  limits: SessionLimits,
): Promise<void> {
  const hosts = postgresHosts(server.url);
  if (hosts.length > 1) await checkHosts(hosts);
  await withTimeout(ANSWER_TIMEOUT_MS, server.detectPooler(db));
  const fault = server.isPooled ? await withTimeout(ANSWER_TIMEOUT_MS, settingsFault(db, limits)) : undefined;
  if (fault !== undefined) throw new StartupError([`DATABASE_URL ${fault}`]);
  await withTimeout(ANSWER_TIMEOUT_MS, checkDatabase(db));
}

/**
 * postgres.js tries several hosts for ever. Here each is tried once.
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
