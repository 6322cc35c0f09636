import { fileURLToPath } from 'node:url';
import type { DatabaseHandle } from './database-handle.js';
import type { Log } from './log.js';
import { createPglite } from './pglite-database.js';
import { createPostgres } from './postgres-database.js';
import { noTracer, type Tracer } from './tracer.js';

/** The generated SQL files. The path is the same for the sources and the build. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../drizzle', import.meta.url));

/** A handle for `postgres://…`, `pglite:<folder>` or `pglite:memory`. Connects to nothing before `open`. */
export function createDatabase(
  url: string,
  poolSize: number,
  log: Log,
  tracer: Tracer = noTracer,
): Promise<DatabaseHandle> {
  return url.startsWith('pglite:')
    ? createPglite(url.slice('pglite:'.length), tracer)
    : createPostgres(url, poolSize, log, tracer);
}
