import { and, desc, eq, gt, lt, lte, sql } from 'drizzle-orm';
import { type Database, queryRows } from '../platform/database.js';
import { iso, newestAnchor } from './anchor.store.js';
import { auditEvents } from './audit.table.js';
import { auditAnchors, auditSeals } from './chain.table.js';
import type { Span, TimeRange } from './month.js';
import { dropPrunedPartitions, isIn, type Partitioned } from './month.store.js';
import type { Anchor, Link } from './seals.js';

const link = { eventId: auditSeals.eventId, seal: auditSeals.seal };

/** How long (ms) a drop waits for writers. Sign-ins wait for as long. */
const LOCK_TIMEOUT_MS = 1000;
/** Ids of one statement. */
const COUNT_BATCH = 500_000n;

/** The last sealed row up to `countedTo` before the first row that is not older than `days`. */
export async function prunableEnd(db: Database, days: number, countedTo: bigint): Promise<Link | undefined> {
  const [first] = await queryRows<{ id: string | null }>(
    db,
    // As a value, so that the planner leaves older partitions out.
    sql`SELECT min(id)::text AS id FROM ${auditEvents} WHERE created_at >= ${await daysAgo(db, days)}::timestamptz`,
  );
  const anchor = await newestAnchor(db);
  const [end] = await db
    .select(link)
    .from(auditSeals)
    .where(
      and(
        gt(auditSeals.eventId, anchor?.eventId ?? 0n),
        lte(auditSeals.eventId, countedTo),
        first?.id == null ? undefined : lt(auditSeals.eventId, BigInt(first.id)),
      ),
    )
    .orderBy(desc(auditSeals.eventId))
    .limit(1);
  return end;
}

async function daysAgo(db: Database, days: number): Promise<string> {
  const [row] = await queryRows<{ time: string }>(
    db,
    sql`SELECT ${iso(sql`(now() - make_interval(days => ${days}::int))`)} AS time`,
  );
  return row?.time ?? '';
}

/** The last of the next `limit` sealed rows up to `upTo`. */
export async function nextSealed(db: Database, upTo: bigint, limit: number): Promise<Link | undefined> {
  const anchor = await newestAnchor(db);
  const rows = await db
    .select(link)
    .from(auditSeals)
    .where(and(gt(auditSeals.eventId, anchor?.eventId ?? 0n), lte(auditSeals.eventId, upTo)))
    .orderBy(auditSeals.eventId)
    .limit(limit);
  return rows.at(-1);
}

export async function sealOf(db: Database, eventId: bigint): Promise<Link | undefined> {
  const [row] = await db.select(link).from(auditSeals).where(eq(auditSeals.eventId, eventId));
  return row;
}

/** The partitions of past months, which `drop_pruned_audit_partitions` may drop. */
export function pastPartitions(db: Database, { name }: Partitioned): Promise<TimeRange[]> {
  const bound = (column: string) =>
    sql`CASE WHEN isfinite(${sql.raw(column)}) THEN ${iso(sql.raw(column))} END`;
  return queryRows<TimeRange>(
    db,
    sql`SELECT ${bound('lower')} AS "from", ${bound('upper')} AS "to"
      FROM audit_partitions(${sql.raw(`'${name}'`)}::regclass) WHERE upper < now() - interval '1 day'`,
  );
}

/** How many rows of the ranges have ids up to `upTo`. */
export async function countUpTo(
  db: Database,
  { table, id, time }: Partitioned,
  spans: readonly Span[],
  upTo: bigint,
): Promise<number> {
  let count = 0;
  for (const span of spans) {
    const last = span.maxId < upTo ? span.maxId : upTo;
    for (let after = span.minId - 1n; after < last; after += COUNT_BATCH) {
      const end = after + COUNT_BATCH < last ? after + COUNT_BATCH : last;
      count += await db.$count(table, and(gt(id, after), lte(id, end), isIn(time, span)));
    }
  }
  return count;
}

/**
 * Writes the anchor, then deletes the rows up to it in these ranges, and drops the partitions that have only rows up to it.
 * The triggers reject any other order.
 */
export async function pruneTo(
  tx: Database,
  anchor: Anchor,
  deleteFrom: readonly [Partitioned, readonly TimeRange[]][],
): Promise<void> {
  await tx.insert(auditAnchors).values({ ...anchor, prunedAt: sql`${anchor.prunedAt}::timestamptz` });
  for (const [{ table, id, time }, ranges] of deleteFrom) {
    for (const range of ranges) await tx.delete(table).where(and(lte(id, anchor.eventId), isIn(time, range)));
  }
  // Last, because it locks the tables until the end of the transaction.
  await queryRows(tx, sql`SELECT set_config('lock_timeout', ${String(LOCK_TIMEOUT_MS)}, true)`);
  await dropPrunedPartitions(tx);
}

export async function timeOf(db: Database): Promise<string> {
  const [row] = await queryRows<{ now: string }>(db, sql`SELECT ${iso(sql`now()`)} AS now`);
  return row?.now ?? '';
}
