import { type SQL, sql } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT, PgTable } from 'drizzle-orm/pg-core';
import type { AdvisoryLock } from './locks.js';

/** Postgres or PGlite, or a transaction on either. Nothing above this folder knows which. */
export type Database = PgDatabase<PgQueryResultHKT, Record<string, never>>;

/** Columns are named in camel case here and in snake case there; `drizzle.config.ts` says the same. */
export const CASING = { casing: 'snake_case' } as const;

/** Runs a statement and answers its rows; the two drivers return them in different shapes. */
export async function rowsOf<T>(db: Database, statement: SQL): Promise<T[]> {
  const result: unknown = await db.execute(statement);
  return (Array.isArray(result) ? result : (result as { rows: unknown[] }).rows) as T[];
}

/** An UPDATE of no row: a standby, or a server in read-only mode, refuses it all the same (25006). */
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
  await rowsOf(tx, sql`SELECT pg_advisory_xact_lock(${lock as number}::bigint)`);
}

/**
 * Takes an advisory lock for one value, such as an address, until the transaction ends. Two values with the same
 * hash share a lock, so take at most one of each kind in a transaction.
 */
export async function takeLockFor(tx: Database, lock: AdvisoryLock, value: string): Promise<void> {
  await rowsOf(tx, sql`SELECT pg_advisory_xact_lock(${lock as number}::integer, hashtext(${value}))`);
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

const DELETE_BATCH = 5000;

/**
 * Deletes the rows of a table that meet a condition, a few thousand per statement: a backlog of any size is
 * removed although each statement has to end in time. Locked rows stay for the next run, so that this never waits
 * while it holds locks.
 */
export async function deleteInBatches(
  db: Database,
  table: PgTable,
  condition: SQL | undefined,
): Promise<void> {
  const batch = sql`SELECT ctid FROM ${table} WHERE ${condition} LIMIT ${DELETE_BATCH} FOR UPDATE SKIP LOCKED`;
  const statement = sql`WITH gone AS (DELETE FROM ${table} WHERE ctid = ANY(ARRAY(${batch})) RETURNING 1)
    SELECT count(*)::int AS count FROM gone`;
  for (;;) {
    const [row] = await rowsOf<{ count: number }>(db, statement);
    if ((row?.count ?? 0) < DELETE_BATCH) return;
  }
}

/** A statement of text with `$1` placeholders, as libraries hand them over, on any `Database`. */
export function placeholders(text: string, values: readonly unknown[]): SQL {
  const parts = text.split(/\$(\d+)\b/);
  return sql.join(
    parts.map((part, i) => (i % 2 === 0 ? sql.raw(part) : sql.param(values[Number(part) - 1]))),
  );
}

/** Codes of Node.js and of the driver for a connection that could not be made, or was lost. */
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
/** SQLSTATEs by which Postgres says "not now": connection, resources, shutdown, timeout, read-only replica. */
const NOT_NOW = /^(TIMEOUT$|08|53|57P|57014|25006|25P03|55P03|40001|40P01)/;

/** Whether the connection was refused, lost or ended, rather than answered with an error. */
export function isConnectionLoss(error: unknown): boolean {
  return codesOf(error).some((code) => CONNECTION_LOSS.has(code));
}

/** Whether a failure means that the database is away or too busy, not that the statement is wrong. */
export function isDatabaseUnavailable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.message.includes('PGlite is closed')) return true;
  }
  return isConnectionLoss(error) || codesOf(error).some((code) => NOT_NOW.test(code));
}

/** The codes (SQLSTATEs, for one) of an error and of what it wraps. */
export function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string') codes.push(code);
  }
  return codes;
}

/** The name of the unique constraint or index that a statement ran into, if that is why it failed. */
export function violatedUnique(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code, constraint, constraint_name } = cause as Error & Record<string, string | undefined>;
    if (code === '23505') return constraint_name ?? constraint;
  }
  return undefined;
}
