import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type SQL, sql } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { lockFolder } from './folder-lock.js';
import { AdvisoryLock } from './locks.js';
import type { Log } from './log.js';
import { boundedClient } from './postgres-client.js';

/** Postgres or PGlite, or a transaction on either. Nothing above this folder knows which. */
export type Database = PgDatabase<PgQueryResultHKT, Record<string, never>>;

/** Longest a statement may run, in milliseconds; the contract's bound for `SERVICE_UNAVAILABLE`. */
export const STATEMENT_TIMEOUT = 5000;

/** An open database, with what only `platform/` may do with it. */
export interface DatabaseHandle {
  readonly db: Database;
  /** Runs `work` with a connection of its own, the only one that may hold the migration lock. */
  withMigrationLock(work: (connection: MigrationConnection) => Promise<void>): Promise<void>;
  /** Hears what transactions announce on a channel, from any node, once they have committed. */
  listen(channel: string, hear: (message: string) => void): Promise<void>;
  /** Whether it answers. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

export interface MigrationConnection {
  /** Applies what is missing of the folder's migrations. */
  migrate(folder: string): Promise<void>;
  /** Runs SQL text of one or many statements. */
  execute(text: string): Promise<{ rows: Record<string, unknown>[] }>;
}

/** The generated SQL; found from the built file as from the package's root. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../drizzle', import.meta.url));

/** Columns are named in camel case here and in snake case there; `drizzle.config.ts` says the same. */
const CASING = { casing: 'snake_case' } as const;

/**
 * Opens `postgres://…`, `pglite:<folder>` or `pglite:memory`.
 * @throws Error where another process has the embedded database's folder open
 */
export function openDatabase(url: string, poolSize: number, log: Log): Promise<DatabaseHandle> {
  return url.startsWith('pglite:')
    ? openPglite(url.slice('pglite:'.length))
    : openPostgres(url, poolSize, log);
}

async function openPostgres(url: string, poolSize: number, log: Log): Promise<DatabaseHandle> {
  const { default: postgres } = await import('postgres');
  const { drizzle } = await import('drizzle-orm/postgres-js');
  const { migrate } = await import('drizzle-orm/postgres-js/migrator');
  const options = {
    connect_timeout: 5,
    onnotice: (notice: { code?: string }) => log.debug({ code: notice.code }, 'notice of Postgres'),
    connection: { application_name: 'gatehouse', TimeZone: 'UTC' },
  };
  const client = postgres(url, {
    ...options,
    max: poolSize,
    idle_timeout: 60,
    connection: {
      ...options.connection,
      statement_timeout: STATEMENT_TIMEOUT,
      idle_in_transaction_session_timeout: 15_000,
    },
  });
  const db = drizzle(boundedClient(client, STATEMENT_TIMEOUT), CASING) as unknown as Database;
  return {
    db,
    async withMigrationLock(work) {
      const single = postgres(url, { ...options, max: 1 });
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
    listen: async (channel, hear) => void (await client.listen(channel, hear)),
    ping: () => answers(db),
    close: () => client.end({ timeout: 5 }),
  };
}

async function openPglite(folder: string): Promise<DatabaseHandle> {
  const { PGlite } = await import('@electric-sql/pglite');
  const { pg_trgm } = await import('@electric-sql/pglite/contrib/pg_trgm');
  const { drizzle } = await import('drizzle-orm/pglite');
  const { migrate } = await import('drizzle-orm/pglite/migrator');
  const inMemory = folder === 'memory';
  if (!inMemory) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unlock = inMemory ? () => {} : lockFolder(folder);
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
    listen: async (channel, hear) => void (await client.listen(channel, hear)),
    ping: () => answers(db),
    async close() {
      await client.close();
      unlock();
    },
  };
}

async function answers(db: Database): Promise<boolean> {
  try {
    await db.execute(sql`SELECT 1`);
    return true;
  } catch {
    return false;
  }
}

/** Runs a statement and answers its rows; the two drivers return them in different shapes. */
export async function rowsOf<T>(db: Database, statement: SQL): Promise<T[]> {
  const result: unknown = await db.execute(statement);
  return (Array.isArray(result) ? result : (result as { rows: unknown[] }).rows) as T[];
}

/**
 * Takes an advisory lock until the transaction ends. The lock order of the gateway is: advisory lock, then the
 * user's row, then everything that belongs to the user. So call this before any row is locked.
 */
export async function takeLock(tx: Database, lock: AdvisoryLock): Promise<void> {
  await rowsOf(tx, sql`SELECT pg_advisory_xact_lock(${lock as number}::bigint)`);
}

/**
 * Takes an advisory lock for one value, such as an address, until the transaction ends. Two values with the same
 * hash share a lock, so take at most one of each kind in a transaction.
 */
export async function takeLockFor(tx: Database, lock: AdvisoryLock, value: string): Promise<void> {
  await rowsOf(tx, sql`SELECT pg_advisory_xact_lock(${lock as number}::integer, hashtext(${value}))`);
}

/** Tells every node that listens, if and when the transaction commits. Some 7,000 characters at most. */
export async function announce(tx: Database, channel: string, message: string): Promise<void> {
  await rowsOf(tx, sql`SELECT pg_notify(${channel}, ${message})`);
}

/**
 * Has each statement of a transaction planned for its own values, for statements whose best plan hangs on them.
 * Else a connection may, after some runs, keep to one plan that is right for none.
 */
export async function planForValues(tx: Database): Promise<void> {
  await rowsOf(tx, sql`SELECT set_config('plan_cache_mode', 'force_custom_plan', true)`);
}

/** Has the rest of a transaction read rows in the order of an index rather than sort them. */
export async function walkIndexes(tx: Database): Promise<void> {
  await rowsOf(tx, sql`SELECT set_config('enable_sort', 'off', true)`);
}

/** A statement of text with `$1` placeholders, as libraries hand them over, on any `Database`. */
export function placeholders(text: string, values: readonly unknown[]): SQL {
  const parts = text.split(/\$(\d+)\b/);
  return sql.join(
    parts.map((part, i) => (i % 2 === 0 ? sql.raw(part) : sql.param(values[Number(part) - 1]))),
  );
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'TIMEOUT',
]);
/** SQLSTATEs by which Postgres says "not now": connection, resources, shutdown, timeout, read-only replica. */
const NOT_NOW = /^(08|53|57P|57014|25006|25P03|55P03|40001|40P01)/;

/** Whether a failure means that the database is away or too busy, not that the statement is wrong. */
export function isDatabaseUnavailable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = (cause as { code?: unknown }).code;
    if (typeof code === 'string' && (UNREACHABLE.has(code) || NOT_NOW.test(code))) return true;
    if (cause.message.includes('PGlite is closed')) return true;
  }
  return false;
}

/** The name of the unique constraint or index that a statement ran into, if that is why it failed. */
export function violatedUnique(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code, constraint, constraint_name } = cause as Error & Record<string, string | undefined>;
    if (code === '23505') return constraint_name ?? constraint;
  }
  return undefined;
}
