import { and, desc, eq, getTableColumns, gt, lt, lte, sql } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/pg-core';
import { anyOf } from '../platform/columns.js';
import type { Database } from '../platform/database.js';
import { iso } from './anchor.store.js';
import { auditEvents } from './audit.table.js';
import type { AuditEventType } from './audit-event-type.js';
import { contains, rangesBetween, type TimeRange } from './month.js';
import { EVENTS, isIn, readBounds } from './month.store.js';

export type AuditEventRow = typeof auditEvents.$inferSelect;

export interface AuditEventFilter {
  readonly types?: readonly AuditEventType[] | null | undefined;
  readonly actorId?: string | null | undefined;
  readonly subjectId?: string | null | undefined;
  readonly ipAddress?: string | null | undefined;
  readonly after?: Date | null | undefined;
  readonly before?: Date | null | undefined;
  /** No event is older, so older months need not be read. */
  readonly since?: Date | undefined;
}

/** An event in the order of the list: its time (ISO 8601) and its id. Cursors of earlier releases have no time. */
export interface AuditPosition {
  readonly value: string | null;
  readonly id: string;
}

type Start = AuditPosition & { readonly value: string };

/** How long the months are remembered. In this time, rows that are dated later than this month may be missing. */
const MONTHS_TTL_MS = 60_000;
/** Months of one statement. It doubles with each statement that found too few events. */
const MAX_MONTHS = 8;

export class AuditLogStore {
  #months: { readonly ranges: readonly TimeRange[]; readonly expiresAt: number } | undefined;

  constructor(readonly db: Database) {}

  /**
   * Events after the one at `from`, newest month first, and by descending ids within the month. A row never changes its
   * place in this order, so pages neither lose nor repeat it. Each statement names its months, so that Postgres need not
   * plan for all partitions.
   */
  async find(
    filter: AuditEventFilter,
    from: AuditPosition | undefined,
    limit: number,
  ): Promise<AuditEventRow[]> {
    const start = from && (await this.#locate(from));
    if (from !== undefined && start === undefined) return [];
    const { after, before, since } = filter;
    const [newest, oldest] = [before?.toISOString(), (after ?? since)?.toISOString()];
    let months = (await this.#newestFirst()).filter(
      (range) =>
        (newest === undefined || range.from === null || range.from < newest) &&
        (oldest === undefined || range.to === null || range.to > oldest),
    );
    if (start !== undefined) {
      months = months.filter((range) => range.from === null || range.from <= start.value);
    }
    const rows: AuditEventRow[] = [];
    let size = 1;
    for (let at = 0; at < months.length && rows.length < limit; ) {
      const found = await this.#read(months.slice(at, at + size), filter, start, limit - rows.length);
      rows.push(...found);
      at += size;
      size = Math.min(2 * size, MAX_MONTHS);
    }
    return rows;
  }

  async #read(
    months: readonly TimeRange[],
    filter: AuditEventFilter,
    start: Start | undefined,
    limit: number,
  ): Promise<AuditEventRow[]> {
    const [first, second, ...rest] = months.map((month, at) => this.#select(month, at, filter, start, limit));
    if (first === undefined) return [];
    const rows = await (second === undefined
      ? first
      : unionAll(first, second, ...rest)
          .orderBy(sql`month`, sql`id DESC`)
          .limit(limit));
    return rows.map(({ month: _, ...row }) => row);
  }

  /** @param at the place of the month in the statement */
  #select(
    month: TimeRange,
    at: number,
    { types, actorId, subjectId, ipAddress, after, before }: AuditEventFilter,
    start: Start | undefined,
    limit: number,
  ) {
    return this.db
      .select({ ...getTableColumns(auditEvents), month: sql<number>`${at}::int`.as('month') })
      .from(auditEvents)
      .where(
        and(
          isIn(auditEvents.createdAt, month),
          start !== undefined && contains(month, start.value)
            ? lt(auditEvents.id, BigInt(start.id))
            : undefined,
          types ? anyOf(auditEvents.type, types, 'audit_event_type') : undefined,
          actorId == null ? undefined : eq(auditEvents.actorId, actorId),
          subjectId == null ? undefined : eq(auditEvents.subjectId, subjectId),
          ipAddress == null ? undefined : eq(auditEvents.ipAddress, ipAddress),
          after ? gt(auditEvents.createdAt, sql`${after.toISOString()}::timestamptz`) : undefined,
          before ? lt(auditEvents.createdAt, sql`${before.toISOString()}::timestamptz`) : undefined,
        ),
      )
      .orderBy(desc(auditEvents.id))
      .limit(limit);
  }

  /** The place of a cursor. That of an earlier release has only an id. */
  async #locate({ value, id }: AuditPosition): Promise<Start | undefined> {
    if (value !== null) return { value, id };
    const [row] = await this.db
      .select({ time: iso(auditEvents.createdAt) })
      .from(auditEvents)
      .where(lte(auditEvents.id, BigInt(id)))
      .orderBy(desc(auditEvents.id))
      .limit(1);
    return row && { value: row.time, id };
  }

  /**
   * The months, newest first. Months to come are one range with this month if they have rows, which happens only if the
   * clock of the database was wrong. Otherwise they are left out.
   */
  async #newestFirst(): Promise<readonly TimeRange[]> {
    const readAt = performance.now();
    if (this.#months !== undefined && readAt < this.#months.expiresAt) return this.#months.ranges;
    const bounds = await readBounds(this.db, EVENTS);
    const next = bounds.find(({ inMs }) => inMs > 0);
    const ranges = rangesBetween(bounds.filter(({ inMs }) => inMs <= 0).map(({ time }) => time)).reverse();
    const [current] = ranges;
    if (next !== undefined && current !== undefined && !(await this.#hasRowsFrom(next.time))) {
      ranges[0] = { ...current, to: next.time };
    }
    this.#months = { ranges, expiresAt: readAt + Math.min(MONTHS_TTL_MS, next?.inMs ?? MONTHS_TTL_MS) };
    return ranges;
  }

  async #hasRowsFrom(time: string): Promise<boolean> {
    const condition = isIn(auditEvents.createdAt, { from: time, to: null });
    const found = await this.db.select({ id: auditEvents.id }).from(auditEvents).where(condition).limit(1);
    return found.length > 0;
  }
}
