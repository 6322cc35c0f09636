import { checkPostgres } from './check-postgres.js';
import { CASING, canWrite, type Database } from './database.js';
import type { DatabaseHandle } from './database-handle.js';
import { AdvisoryLock } from './locks.js';
import type { Log } from './log.js';
import { boundedClient } from './postgres-client.js';
import { hostOptions, PostgresPool } from './postgres-pool.js';
import { postgresQueueConnection, queueSettings } from './queue-connection.js';
import { withTimeout } from './with-timeout.js';

/** After this, a request answers `SERVICE_UNAVAILABLE`. */
const STATEMENT_TIMEOUT_MS = 5000;
const POLL_TIMEOUT_MS = 1000;

/** Settings that our statements rely on. They override the defaults of the server and the role. */
const SESSION_SETTINGS = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, MDY',
  bytea_output: 'hex',
  default_transaction_isolation: 'read committed',
} as const;

/** A handle for `postgres://…`, of one host or several. */
export async function createPostgres(url: string, poolSize: number, log: Log): Promise<DatabaseHandle> {
  const { default: postgres } = await import('postgres');
  const { drizzle } = await import('drizzle-orm/postgres-js');
  const { migrate } = await import('drizzle-orm/postgres-js/migrator');
  const options = {
    // The option would override the parameter of the URL.
    ...(url.includes('connect_timeout=') ? {} : { connect_timeout: 5 }),
    // Seconds. The driver's own pause grows to 20 s: the gateway would be unavailable for longer than the database.
    backoff: () => 0.25,
    onnotice: (notice: { code?: string }) => log.debug({ sqlState: notice.code }, 'notice from Postgres'),
    connection: { application_name: 'gatehouse', ...SESSION_SETTINGS },
  };
  const pool = new PostgresPool(
    postgres,
    url,
    {
      ...options,
      max: poolSize,
      idle_timeout: 60,
      connection: {
        ...options.connection,
        statement_timeout: STATEMENT_TIMEOUT_MS,
        idle_in_transaction_session_timeout: 15_000,
      },
    },
    log,
  );
  const db = drizzle(boundedClient(pool, STATEMENT_TIMEOUT_MS), CASING) as unknown as Database;
  return {
    db,
    open: () => checkPostgres(url, db),
    async withMigrationLock(work) {
      const single = postgres(url, { ...options, ...hostOptions(url), max: 1 });
      try {
        await single`SELECT pg_advisory_lock(${AdvisoryLock.MIGRATION})`;
        const connection = drizzle(single, CASING);
        await work({
          migrate: (folder) => migrate(connection, { migrationsFolder: folder }),
          execute: async (text) => ({ rows: [...(await single.unsafe(text).simple())].flat() as never }),
        });
      } finally {
        await single.end({ timeout: 5 });
      }
    },
    openQueueConnection: () =>
      postgresQueueConnection(
        new PostgresPool(
          postgres,
          url,
          {
            ...options,
            ...queueSettings,
            connection: { ...options.connection, ...queueSettings.connection },
          },
          log,
        ),
        (client) => drizzle(client, CASING) as unknown as Database,
      ),
    openPoller() {
      const connection = { ...options.connection, statement_timeout: POLL_TIMEOUT_MS };
      const single = new PostgresPool(
        postgres,
        url,
        { ...options, connect_timeout: 2, max: 1, connection },
        log,
      );
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
    },
    canWrite: () => canWrite(db),
    close: () => pool.close(),
  };
}
