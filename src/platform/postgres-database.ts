import type { Sql } from 'postgres';
import { checkPostgres } from './check-postgres.js';
import { createReplica } from './create-replica.js';
import { CASING, canWrite, type Database } from './database.js';
import type { DatabaseHandle, DatabaseObservers, DatabaseSettings, Poller } from './database-handle.js';
import type { Log } from './log.js';
import { boundedClient } from './postgres-client.js';
import { withMigrationLock } from './postgres-migration.js';
import type { PostgresPool } from './postgres-pool.js';
import { PostgresServer, type SessionLimits } from './postgres-server.js';
import { postgresQueueConnection, queueSettings } from './queue-connection.js';
import { ReplicaSet, replicaMetrics } from './replica-set.js';
import { tracedPostgres } from './traced-clients.js';
import { noTracer } from './tracer.js';
import { withTimeout } from './with-timeout.js';

/** After `statementMs`, a request answers `SERVICE_UNAVAILABLE`. */
const LIMITS: SessionLimits = { statementMs: 5000, idleMs: 15_000 };
const POLL_TIMEOUT_MS = 1000;

/** A handle for `postgres://…`, of one host or several. */
export async function createPostgres(
  settings: DatabaseSettings,
  log: Log,
  { metrics, tracer = noTracer }: DatabaseObservers,
): Promise<DatabaseHandle> {
  const { default: postgres } = await import('postgres');
  const { drizzle } = await import('drizzle-orm/postgres-js');
  const wrap = (client: Sql) => drizzle(tracedPostgres(client, tracer), CASING) as unknown as Database;
  const server = new PostgresServer(postgres, settings.url, log);
  const poolOptions = {
    max: settings.poolSize,
    idle_timeout: 60,
    connection: {
      statement_timeout: LIMITS.statementMs,
      idle_in_transaction_session_timeout: LIMITS.idleMs,
    },
  };
  const pool = server.openPool(poolOptions);
  const client = boundedClient(pool, LIMITS.statementMs);
  const db = wrap(client);
  const urls = metrics === undefined ? [] : (settings.replicaUrls ?? []);
  const replicas =
    metrics &&
    new ReplicaSet(
      urls.map((url) => createReplica(url, { postgres, wrap, pool: poolOptions, limits: LIMITS, log })),
      db,
      replicaMetrics(metrics),
    );
  const hasReplicas = replicas !== undefined && urls.length > 0;
  return {
    db,
    reader: hasReplicas ? wrap(replicas.reader(client)) : db,
    writer: hasReplicas ? wrap(replicas.writer(client)) : db,
    get isPooled() {
      return server.isPooled;
    },
    migrationSetting: settings.directUrl === undefined ? 'DATABASE_URL' : 'DATABASE_DIRECT_URL',
    async open() {
      await checkPostgres(server, db, LIMITS);
      if (hasReplicas) replicas.start();
    },
    withMigrationLock: (work) =>
      withMigrationLock({ db, directUrl: settings.directUrl, url: settings.url, postgres, log }, work),
    openQueueConnection: () => postgresQueueConnection(server.openPool(queueSettings), wrap),
    openPoller: () => createPoller(server, pool),
    canWrite: () => canWrite(db),
    close: async () => void (await Promise.all([pool.close(), replicas?.close()])),
  };
}

/** @param pool is connected anew together with the connection of the poll */
function createPoller(server: PostgresServer, pool: PostgresPool): Poller {
  const single = server.openPool({
    connect_timeout: 2,
    max: 1,
    connection: { statement_timeout: POLL_TIMEOUT_MS },
  });
  return {
    async poll(text, parameters) {
      // Planned for each poll. A prepared one keeps a plan that suits the moment when it was made: after a long
      // transaction that plan may read the whole table, ten times a second until the next connection.
      const query = single.client.unsafe(text, parameters as never[], { prepare: false });
      try {
        return (await withTimeout(POLL_TIMEOUT_MS, Promise.resolve(query))) as never;
      } catch (error) {
        single.replaceIfUnusable(error);
        throw error;
      }
    },
    reconnect(reason) {
      single.replace(reason);
      pool.replace(reason);
    },
    close: () => single.close(),
  };
}
