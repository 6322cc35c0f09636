import { and, gte, lt, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { type Database, queryRows } from '../platform/database.js';
import { iso } from './anchor.store.js';
import { auditEvents } from './audit.table.js';
import { auditSeals } from './chain.table.js';
import { rangesBetween, type Span, type TimeRange } from './month.js';

/** The two partitioned tables: the column of the ids, and the time that the partitions are made of. */
export const EVENTS = {
  name: 'audit_events',
  table: auditEvents,
  id: auditEvents.id,
  time: auditEvents.createdAt,
};
export const SEALS = {
  name: 'audit_seals',
  table: auditSeals,
  id: auditSeals.eventId,
  time: auditSeals.sealedAt,
};
export type Partitioned = typeof EVENTS | typeof SEALS;

export interface Bound {
  readonly time: string;
  /** Milliseconds until then, negative if it is past, by the clock of the database. */
  readonly inMs: number;
}

/** Where the partitions of a table begin and end, oldest first. */
export function readBounds(db: Database, { name }: Partitioned): Promise<Bound[]> {
  const partitions = sql.raw(`audit_partitions('${name}'::regclass)`);
  return queryRows<Bound>(
    db,
    sql`SELECT ${iso(sql`bound`)} AS time, extract(epoch FROM bound - now())::float8 * 1000 AS "inMs"
      FROM (SELECT lower AS bound FROM ${partitions} UNION SELECT upper FROM ${partitions}) AS bounds
      WHERE isfinite(bound) ORDER BY bound`,
  );
}

/** The condition that a time is in the range. With it, Postgres reads only the partitions of the range. */
export function isIn(time: PgColumn, { from, to }: TimeRange): SQL | undefined {
  return and(
    from === null ? undefined : gte(time, sql`${from}::timestamptz`),
    to === null ? undefined : lt(time, sql`${to}::timestamptz`),
  );
}

/** Ranges of one statement. The planning time grows faster than their number. */
const RANGES = 8;

/** The ids that each partition has now, oldest first. Ranges without rows are left out. */
export async function readSpans(db: Database, partitioned: Partitioned): Promise<Span[]> {
  const ranges = rangesBetween((await readBounds(db, partitioned)).map((bound) => bound.time));
  const spans: Span[] = [];
  for (let at = 0; at < ranges.length; at += RANGES) {
    spans.push(...(await spansOf(db, partitioned, ranges.slice(at, at + RANGES))));
  }
  return spans;
}

async function spansOf(
  db: Database,
  { table, id, time }: Partitioned,
  ranges: readonly TimeRange[],
): Promise<Span[]> {
  const each = ranges.map(
    (range, at) =>
      sql`SELECT ${at}::int AS at, min(${id})::text AS min, max(${id})::text AS max
        FROM ${table} WHERE ${isIn(time, range) ?? sql`true`}`,
  );
  const rows = await queryRows<{ at: number; min: string | null; max: string | null }>(
    db,
    sql`${sql.join(each, sql` UNION ALL `)} ORDER BY 1`,
  );
  return rows.flatMap(({ at, min, max }) => {
    const range = ranges[at];
    return range === undefined || min === null || max === null
      ? []
      : [{ ...range, minId: BigInt(min), maxId: BigInt(max) }];
  });
}

/** Makes the partitions of the coming months, if they do not exist. Call it under the lock of the chain. */
export async function makePartitions(tx: Database): Promise<number> {
  const [row] = await queryRows<{ made: number }>(tx, sql`SELECT make_audit_partitions() AS made`);
  return row?.made ?? 0;
}

/** Drops the partitions that have only rows up to the newest anchor. Commit at once: it locks the tables. */
export async function dropPrunedPartitions(tx: Database): Promise<void> {
  await queryRows(tx, sql`SELECT drop_pruned_audit_partitions()`);
}
