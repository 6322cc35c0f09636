import { mkdirSync } from 'node:fs';
import type { PGlite } from '@electric-sql/pglite';
import { CASING, canWrite, type Database } from './database.js';
import type { DatabaseHandle } from './database-handle.js';
import { lockFolder } from './folder-lock.js';
import { pgliteQueueConnection } from './queue-connection.js';
import { tracedPglite } from './traced-clients.js';
import type { Tracer } from './tracer.js';

/** The methods that Drizzle and the job queue use, on an instance that `open` creates. */
class DeferredPglite {
  #instance: PGlite | undefined;

  set instance(instance: PGlite) {
    this.#instance = instance;
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
export async function createPglite(folder: string, tracer: Tracer): Promise<DatabaseHandle> {
  const { drizzle } = await import('drizzle-orm/pglite');
  const { migrate } = await import('drizzle-orm/pglite/migrator');
  const client = new DeferredPglite();
  const connection = drizzle(tracedPglite(client as unknown as PGlite, tracer), CASING);
  const db = connection as unknown as Database;
  let unlock = async () => {};
  return {
    db,
    async open() {
      const { PGlite } = await import('@electric-sql/pglite');
      const { pg_trgm } = await import('@electric-sql/pglite/contrib/pg_trgm');
      const extensions = { pg_trgm };
      if (folder === 'memory') {
        client.instance = await PGlite.create({ extensions });
      } else {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        unlock = await lockFolder(folder);
        client.instance = await PGlite.create({ extensions, dataDir: folder });
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
