import type { DatabaseHandle, DatabaseObservers, DatabaseSettings } from './database-handle.js';
import type { Log } from './log.js';
import { createPglite } from './pglite-database.js';
import { createPostgres } from './postgres-database.js';

/** A handle for a Postgres server or the embedded database. Connects to nothing before `open`. */
export function createDatabase(
  settings: DatabaseSettings,
  log: Log,
  observers: DatabaseObservers = {},
): Promise<DatabaseHandle> {
  const { url } = settings;
  return url.startsWith('pglite:')
    ? createPglite(url.slice('pglite:'.length), log, observers)
    : createPostgres(settings, log, observers);
}
