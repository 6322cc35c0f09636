import { fileURLToPath } from 'node:url';
import type { DatabaseHandle } from './database-handle.js';
import type { Log } from './log.js';
import { openPglite } from './pglite-database.js';
import { openPostgres } from './postgres-database.js';

/** The generated SQL. The path is relative to the built file in `dist`. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../drizzle', import.meta.url));

/**
 * Opens `postgres://…`, `pglite:<folder>` or `pglite:memory`.
 * @throws StartupError if another process uses the folder of the embedded database
 */
export function openDatabase(url: string, poolSize: number, log: Log): Promise<DatabaseHandle> {
  return url.startsWith('pglite:')
    ? openPglite(url.slice('pglite:'.length))
    : openPostgres(url, poolSize, log);
}
