import { mkdirSync } from 'node:fs';
import { CASING, canWrite, type Database } from './database.js';
import type { DatabaseHandle } from './database-handle.js';
import { lockFolder } from './folder-lock.js';
import { pgliteQueueConnection } from './queue-connection.js';

/**
 * Opens the embedded database in a folder, or in memory.
 * @throws StartupError if another process uses the folder
 */
export async function openPglite(folder: string): Promise<DatabaseHandle> {
  const { PGlite } = await import('@electric-sql/pglite');
  const { pg_trgm } = await import('@electric-sql/pglite/contrib/pg_trgm');
  const { drizzle } = await import('drizzle-orm/pglite');
  const { migrate } = await import('drizzle-orm/pglite/migrator');
  const inMemory = folder === 'memory';
  if (!inMemory) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unlock = inMemory ? async () => {} : await lockFolder(folder);
  const client = await PGlite.create({ extensions: { pg_trgm }, ...(inMemory ? {} : { dataDir: folder }) });
  await client.exec(`SET TimeZone TO 'UTC'`);
  const connection = drizzle(client, CASING);
  const db = connection as unknown as Database;
  return {
    db,
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
