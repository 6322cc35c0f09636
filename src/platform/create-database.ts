import type { DatabaseHandle, DatabaseSettings } from './database-handle.js';
import type { Log } from './log.js';
import type { Metrics } from './metrics.js';
import { createPglite } from './pglite-database.js';
import { createPostgres } from './postgres-database.js';

/**
 * A handle for a Postgres server or the embedded database. Connects to nothing before `open`.
 * @param metrics counts the reads of replicas. Without it, no replica is used.
 */
export function createDatabase(
  settings: DatabaseSettings,
  log: Log,
  metrics?: Metrics,
): Promise<DatabaseHandle> {
  const { url } = settings;
  return url.startsWith('pglite:')
    ? createPglite(url.slice('pglite:'.length), log)
    : createPostgres(settings, log, metrics);
}
