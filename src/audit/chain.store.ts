import { and, asc, desc, gt, lte, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { type Database, queryRows, takeLock } from '../platform/database.js';
import { AdvisoryLock } from '../platform/locks.js';
import { iso, newestAnchor } from './anchor.store.js';
import { auditEvents } from './audit.table.js';
import { auditSeals } from './chain.table.js';
import { rangeOfIds, rangesBetween, type Span } from './month.js';
import { isIn, readBounds, SEALS } from './month.store.js';
import type { Link, SealableEvent, SealedEvent } from './seals.js';

const text = <T extends string | null>(column: PgColumn) => sql<T>`${column}::text`;

/** Printed by the database: as JavaScript numbers, two different values of `jsonb` could become equal. */
const sealable = {
  id: auditEvents.id,
  type: text<string>(auditEvents.type),
  actorId: text<string | null>(auditEvents.actorId),
  subjectId: text<string | null>(auditEvents.subjectId),
  ipAddress: text<string | null>(auditEvents.ipAddress),
  userAgent: auditEvents.userAgent,
  details: text<string | null>(auditEvents.details),
  createdAt: iso(auditEvents.createdAt),
};

const sealed = {
  eventId: auditSeals.eventId,
  seal: auditSeals.seal,
  sealedAt: iso(auditSeals.sealedAt),
};

export class ChainStore {
  constructor(readonly db: Database) {}

  /** Runs `work` in a transaction while no other process seals or prunes. Delays nothing else. */
  exclusively<T>(work: (tx: Database) => Promise<T>): Promise<T> {
    return this.db.transaction(async (tx) => {
      await takeLock(tx, AdvisoryLock.AUDIT_CHAIN);
      return work(tx);
    });
  }

  /** The newest id of the sequence. Its row may not be committed yet. */
  async lastIssuedId(): Promise<bigint> {
    const rows = await queryRows<{ id: string }>(
      this.db,
      sql`SELECT last_value::text AS id FROM audit_events_id_seq`,
    );
    return BigInt(rows[0]?.id ?? 0);
  }

  /** The transactions that may be writing to the log: each INSERT holds this lock until its transaction ends. */
  async writers(): Promise<string[]> {
    const rows = await queryRows<{ id: string }>(
      this.db,
      sql`SELECT virtualtransaction AS id FROM pg_locks
        WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND relation = ${'audit_events'}::regclass
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    return rows.map(({ id }) => id);
  }

  /**
   * The end of the chain: the newest seal, or the anchor if all sealed rows were pruned. Looks from the newest month on:
   * no seal is dated earlier than the seal before it.
   */
  async end(tx: Database): Promise<(Link & { readonly sealedAt?: string }) | undefined> {
    const past = (await readBounds(tx, SEALS)).filter(({ inMs }) => inMs <= 0);
    for (const range of rangesBetween(past.map(({ time }) => time)).reverse()) {
      const [newest] = await tx
        .select(sealed)
        .from(auditSeals)
        .where(isIn(auditSeals.sealedAt, range))
        .orderBy(desc(auditSeals.eventId))
        .limit(1);
      if (newest !== undefined) return newest;
    }
    const anchor = await newestAnchor(tx);
    return anchor && { eventId: anchor.eventId, seal: anchor.lastSeal };
  }

  /**
   * Rows in the order of their ids, with the current time for their seals.
   * @param spans of the events; read them when no further row up to `upTo` can appear
   */
  async events(
    after: bigint,
    upTo: bigint,
    limit: number,
    spans: readonly Span[],
    db = this.db,
  ): Promise<(SealableEvent & { now: string })[]> {
    const range = rangeOfIds(spans, after, upTo);
    if (range === undefined) return [];
    return db
      .select({ ...sealable, now: iso(sql`now()`) })
      .from(auditEvents)
      .where(and(gt(auditEvents.id, after), lte(auditEvents.id, upTo), isIn(auditEvents.createdAt, range)))
      .orderBy(asc(auditEvents.id))
      .limit(limit);
  }

  /**
   * The next seals, one at least if there is any. Attack: a second seal of one event, which must not be skipped between two
   * pages. So a page whose last event has one is longer than the limit.
   * @param spans of the seals
   */
  async seals(after: bigint, limit: number, spans: readonly Span[]): Promise<SealedEvent[]> {
    // Up to the end of the partition that ends first, so that few partitions are read.
    const ends = spans.map(({ maxId }) => maxId).filter((maxId) => maxId > after);
    const upTo = ends.sort((a, b) => (a < b ? -1 : 1))[0] ?? after;
    const range = rangeOfIds(spans, after, upTo);
    if (range === undefined) return [];
    const found = await this.db
      .select(sealed)
      .from(auditSeals)
      .where(
        and(gt(auditSeals.eventId, after), lte(auditSeals.eventId, upTo), isIn(auditSeals.sealedAt, range)),
      )
      .orderBy(asc(auditSeals.eventId), asc(auditSeals.sealedAt))
      .limit(limit + 1);
    const [last, next] = found.slice(limit - 1);
    return last?.eventId === next?.eventId ? found : found.slice(0, limit);
  }

  async append(tx: Database, seals: readonly SealedEvent[]): Promise<void> {
    await tx
      .insert(auditSeals)
      .values(seals.map((seal) => ({ ...seal, sealedAt: sql`${seal.sealedAt}::timestamptz` })));
  }

  /** How many rows have a greater id. */
  async countAfter(id: bigint): Promise<number> {
    const [row] = await this.db
      .select({ count: sql<number>`count(*)::int` })
      .from(auditEvents)
      .where(
        sql`${auditEvents.id} > ${id} AND ${auditEvents.id} <= (SELECT last_value FROM audit_events_id_seq)`,
      );
    return row?.count ?? 0;
  }

  /** How many rows are not sealed yet. */
  async countWaiting(): Promise<number> {
    return this.countAfter((await this.end(this.db))?.eventId ?? 0n);
  }

  async countSeals(after: bigint): Promise<number> {
    return this.db.$count(auditSeals, gt(auditSeals.eventId, after));
  }

  /** The id of a row or seal that must not exist: up to the anchor, or above the last id of the sequence. */
  async strayId(anchored: bigint): Promise<bigint | undefined> {
    const [row] = await queryRows<{ id: string | null }>(
      this.db,
      sql`SELECT least(
          (SELECT min(id) FROM ${auditEvents} WHERE id <= ${anchored}),
          (SELECT min(event_id) FROM ${auditSeals} WHERE event_id <= ${anchored}),
          (SELECT min(id) FROM ${auditEvents} WHERE id > (SELECT last_value FROM audit_events_id_seq))
        )::text AS id`,
    );
    return row?.id == null ? undefined : BigInt(row.id);
  }
}
