import type { DatabaseHandle } from './database-handle.js';
import type { Log } from './log.js';
import { createPglite } from './pglite-database.js';
import { createPostgres } from './postgres-database.js';

/** A handle for `postgres://…`, `pglite:<folder>` or `pglite:memory`. Connects to nothing before `open`. */
export function createDatabase(url: string, poolSize: number, log: Log): Promise<DatabaseHandle> {
  return url.startsWith('pglite:')
    ? createPglite(url.slice('pglite:'.length), log)
    : createPostgres(url, poolSize, log);
}
