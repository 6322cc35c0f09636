import { and, desc, eq, gt, lt, lte, sql } from 'drizzle-orm';
import { type Database, queryRows } from '../platform/database.js';
import { iso, newestAnchor } from './anchor.store.js';
import { auditEvents } from './audit.table.js';
import { auditAnchors, auditSeals } from './chain.table.js';
import type { Span, TimeRange } from './month.js';
import { dropPrunedPartitions, EVENTS, isIn, type Partitioned, readSpans } from './month.store.js';
import type { Anchor, Link } from './seals.js';

const link = { eventId: auditSeals.eventId, seal: auditSeals.seal };

/** How long (ms) a drop waits for writers. Sign-ins wait for as long. */
const LOCK_TIMEOUT_MS = 1000;
/** Ids of one statement. */
const ID_BATCH = 500_000n;

/** The last sealed row up to `countedTo` before the first row that is not older than `days`. */
export async function prunableEnd(db: Database, days: number, countedTo: bigint): Promise<Link | undefined> {
  const firstKept = await firstSince(db, await daysAgo(db, days));
  const anchor = await newestAnchor(db);
  const [end] = await db
    .select(link)
    .from(auditSeals)
    .where(
      and(
        gt(auditSeals.eventId, anchor?.eventId ?? 0n),
        lte(auditSeals.eventId, countedTo),
        firstKept === undefined ? undefined : lt(auditSeals.eventId, firstKept),
      ),
    )
    .orderBy(desc(auditSeals.eventId))
    .limit(1);
  return end;
}

/** The least id of the events since a time. Searches the partition that has the time in parts: it may have years of rows. */
async function firstSince(db: Database, time: string): Promise<bigint | undefined> {
  let first: bigint | undefined;
  for (const span of await readSpans(db, EVENTS)) {
    if (span.to !== null && span.to <= time) continue;
    const id = span.from !== null && span.from >= time ? span.minId : await firstInSpan(db, span, time);
    if (id !== undefined && (first === undefined || id < first)) first = id;
  }
  return first;
}

async function firstInSpan(db: Database, span: Span, time: string): Promise<bigint | undefined> {
  const { id, createdAt } = auditEvents;
  for (let after = span.minId - 1n; after < span.maxId; after += ID_BATCH) {
    const [row] = await db
      .select({ id })
      .from(auditEvents)
      .where(and(gt(id, after), lte(id, after + ID_BATCH), isIn(createdAt, { from: time, to: span.to })))
      .orderBy(id)
      .limit(1);
    if (row !== undefined) return row.id;
  }
  return undefined;
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

/** @throws Error if the event has two seals, of which one is forged: no key of the table prevents that */
export async function sealOf(db: Database, eventId: bigint): Promise<Link | undefined> {
  const [row, second] = await db
    .select(link)
    .from(auditSeals)
    .where(eq(auditSeals.eventId, eventId))
    .limit(2);
  if (second !== undefined)
    throw new Error(`event ${eventId} of the audit log has two seals: nothing was pruned`);
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
    for (let after = span.minId - 1n; after < last; after += ID_BATCH) {
      const end = after + ID_BATCH < last ? after + ID_BATCH : last;
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
