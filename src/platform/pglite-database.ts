import { mkdirSync } from 'node:fs';
import type { PGlite } from '@electric-sql/pglite';
import { CASING, canWrite, type Database } from './database.js';
import { prepareFolder } from './database-folder.js';
import type { DatabaseHandle, DatabaseObservers } from './database-handle.js';
import { lockFolder } from './folder-lock.js';
import type { Log } from './log.js';
import { pgliteQueueConnection } from './queue-connection.js';
import { replicaMetrics } from './replica-set.js';
import { tracedPglite } from './traced-clients.js';
import { noTracer } from './tracer.js';

/** The default (128 MB) is too much for a small database: it is cleared at each start, which takes half a second. */
const SHARED_BUFFERS = '32MB';

/** The methods that Drizzle and the job queue use, on an instance that `open` creates. */
class DeferredPglite {
  #instance: PGlite | undefined;

  set instance(instance: PGlite) {
    this.#instance = instance;
  }

  get isOpen(): boolean {
    return this.#instance !== undefined;
  }

  get instance(): PGlite {
    if (this.#instance === undefined) throw new TypeError('the embedded database is not open');
    return this.#instance;
  }

  query: PGlite['query'] = (...args) => this.instance.query(...args);
  exec: PGlite['exec'] = (...args) => this.instance.exec(...args);
  transaction: PGlite['transaction'] = (work) => this.instance.transaction(work);

  async close(): Promise<void> {
    await this.#instance?.close();
  }
}

/** A handle for the embedded database in a folder, or in memory. */
export async function createPglite(
  folder: string,
  log: Log,
  { metrics, tracer = noTracer }: DatabaseObservers,
): Promise<DatabaseHandle> {
  const { drizzle } = await import('drizzle-orm/pglite');
  const { migrate } = await import('drizzle-orm/pglite/migrator');
  // Empty, so that a dashboard finds the same names.
  if (metrics !== undefined) replicaMetrics(metrics);
  const client = new DeferredPglite();
  const connection = drizzle(tracedPglite(client as unknown as PGlite, tracer), CASING);
  const db = connection as unknown as Database;
  let unlock = async () => {};
  return {
    db,
    reader: db,
    writer: db,
    isPooled: false,
    migrationSetting: 'DATABASE_URL',
    async open() {
      const { PGlite } = await import('@electric-sql/pglite');
      const { pg_trgm } = await import('@electric-sql/pglite/contrib/pg_trgm');
      const options = {
        extensions: { pg_trgm },
        startParams: [...PGlite.defaultStartParams, '-c', `shared_buffers=${SHARED_BUFFERS}`],
      };
      if (folder === 'memory') {
        client.instance = await PGlite.create(options);
      } else {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        unlock = await lockFolder(folder);
        const finish = await prepareFolder(folder, log);
        try {
          client.instance = await PGlite.create({ ...options, dataDir: folder });
        } finally {
          await finish(client.isOpen);
        }
      }
      await client.exec(`SET TimeZone TO 'UTC'`);
    },
    withMigrationLock: (work) =>
      work({
        migrate: (migrations) => migrate(connection, { migrationsFolder: migrations }),
        execute: async (text) => ({ rows: (await client.exec(text)).at(-1)?.rows ?? [] }),
      }),
    openQueueConnection: () => pgliteQueueConnection(client, db),
    openPoller: () => ({
      poll: async (text, parameters) => (await client.query(text, [...parameters])).rows as never,
      reconnect: () => {},
      close: async () => {},
    }),
    canWrite: () => canWrite(db),
    async close() {
      await client.close();
      await unlock();
    },
  };
}
