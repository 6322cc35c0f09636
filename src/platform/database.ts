import { type SQL, sql } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT, PgTable } from 'drizzle-orm/pg-core';
import type { AdvisoryLock } from './locks.js';

/** Postgres or PGlite, or a transaction on either. Code outside of `platform/` must not depend on which. */
export type Database = PgDatabase<PgQueryResultHKT, Record<string, never>>;

/** Camel case in TypeScript, snake case in the database. `drizzle.config.ts` must say the same. */
export const CASING = { casing: 'snake_case' } as const;

/** Runs a statement and returns its rows. The two drivers return them in different shapes. */
export async function queryRows<T>(db: Database, statement: SQL): Promise<T[]> {
  const result: unknown = await db.execute(statement);
  return (Array.isArray(result) ? result : (result as { rows: unknown[] }).rows) as T[];
}

/** Whether the database accepts writes. The UPDATE matches no row. A standby, or a server in read-only mode, still refuses the statement (25006). */
export async function canWrite(db: Database): Promise<boolean> {
  try {
    await db.execute(sql`UPDATE users SET updated_at = updated_at WHERE false`);
    return true;
  } catch {
    return false;
  }
}

/**
 * Takes an advisory lock until the transaction ends. The lock order of the gateway is: advisory lock, then the
 * user's row, then everything that belongs to the user. So call this before any row is locked.
 */
export async function takeLock(tx: Database, lock: AdvisoryLock): Promise<void> {
  await queryRows(tx, sql`SELECT pg_advisory_xact_lock(${lock as number}::bigint)`);
}

/**
 * Takes an advisory lock for one value, such as an address, until the transaction ends. Two values with the same
 * hash share a lock, so take at most one of each kind in a transaction.
 */
export async function takeLockFor(tx: Database, lock: AdvisoryLock, value: string): Promise<void> {
  await queryRows(tx, sql`SELECT pg_advisory_xact_lock(${lock as number}::integer, hashtext(${value}))`);
}

/**
 * Makes Postgres plan each statement of the transaction for its own values. Otherwise a connection may switch to one
 * generic plan after some runs, which is slow if the best plan depends on the values.
 */
export async function planForValues(tx: Database): Promise<void> {
  await queryRows(tx, sql`SELECT set_config('plan_cache_mode', 'force_custom_plan', true)`);
}

/** Makes the rest of the transaction read rows in the order of an index instead of sorting them. */
export async function avoidSort(tx: Database): Promise<void> {
  await queryRows(tx, sql`SELECT set_config('enable_sort', 'off', true)`);
}

/** Keeps the rest of the transaction in one process. To start another one takes longer than to read a few thousand rows. */
export async function avoidWorkers(tx: Database): Promise<void> {
  await queryRows(tx, sql`SELECT set_config('max_parallel_workers_per_gather', '0', true)`);
}

const FIRST_BATCH = 500;
const MIN_BATCH = 50;
const MAX_BATCH = 5000;
/** How long one batch should hold its locks. The statement timeout is ten times as long. */
const BATCH_MS = 500;

/**
 * Deletes rows in batches, so that a large backlog does not run into the statement timeout. The size of a batch follows
 * from the time of the batch before: a user with all that belongs to it takes longer than a counter. Skips locked rows,
 * which the next run deletes: waiting for them while holding locks could cause a deadlock.
 */
export async function deleteInBatches(
  db: Database,
  table: PgTable,
  condition: SQL | undefined,
): Promise<void> {
  for (let size = FIRST_BATCH; ; ) {
    const startedAt = performance.now();
    const batch = sql`SELECT ctid FROM ${table} WHERE ${condition} LIMIT ${size} FOR UPDATE SKIP LOCKED`;
    const [row] = await queryRows<{ count: number }>(
      db,
      sql`WITH gone AS (DELETE FROM ${table} WHERE ctid = ANY(ARRAY(${batch})) RETURNING 1)
        SELECT count(*)::int AS count FROM gone`,
    );
    if ((row?.count ?? 0) < size) return;
    const fitting = Math.round((size * BATCH_MS) / (performance.now() - startedAt));
    size = Math.max(MIN_BATCH, Math.min(fitting, 2 * size, MAX_BATCH));
  }
}

/** Converts a statement with `$1` placeholders, as pg-boss writes them, for any `Database`. */
export function placeholders(text: string, values: readonly unknown[]): SQL {
  const parts = text.split(/\$(\d+)\b/);
  return sql.join(
    parts.map((part, i) => (i % 2 === 0 ? sql.raw(part) : sql.param(values[Number(part) - 1]))),
  );
}

/** Codes of Node.js and the driver for a connection that could not be opened or was lost. */
const CONNECTION_LOSS = new Set([
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
]);
/** SQLSTATEs of temporary failures: connection, resources, shutdown, timeout, read-only server, deadlock. */
const TEMPORARY_FAILURE = /^(TIMEOUT$|08|53|57P|57014|25006|25P03|55P03|40001|40P01)/;

/** Whether the connection was refused, lost or closed. */
export function isConnectionLoss(error: unknown): boolean {
  return codesOf(error).some((code) => CONNECTION_LOSS.has(code));
}

/** Whether a statement failed because the database is unavailable or overloaded. */
export function isTemporaryDatabaseError(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.message.includes('PGlite is closed')) return true;
  }
  return isConnectionLoss(error) || codesOf(error).some((code) => TEMPORARY_FAILURE.test(code));
}

/** The codes, such as SQLSTATEs, of an error and its causes. */
export function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string') codes.push(code);
  }
  return codes;
}

/** The unique constraint or index that a statement violated; undefined if it failed for another reason. */
export function violatedUniqueConstraint(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code, constraint, constraint_name } = cause as Error & Record<string, string | undefined>;
    if (code === '23505') return constraint_name ?? constraint;
  }
  return undefined;
}
