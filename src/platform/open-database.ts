import { fileURLToPath } from 'node:url';
import type { DatabaseHandle } from './database-handle.js';
import type { Log } from './log.js';
import { openPglite } from './pglite-database.js';
import { openPostgres } from './postgres-database.js';

/** The generated SQL; found from the built file as from the package's root. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../drizzle', import.meta.url));

/**
 * Opens `postgres://…`, `pglite:<folder>` or `pglite:memory`.
 * @throws Error if another process has the embedded database's folder open
 */
export function openDatabase(url: string, poolSize: number, log: Log): Promise<DatabaseHandle> {
  return url.startsWith('pglite:')
    ? openPglite(url.slice('pglite:'.length))
    : openPostgres(url, poolSize, log);
}
