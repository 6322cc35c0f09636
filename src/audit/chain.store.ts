import { and, asc, desc, gt, lte, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { type Database, rowsOf, takeLock } from '../platform/database.js';
import { AdvisoryLock } from '../platform/locks.js';
import { iso, newestAnchor } from './anchor.store.js';
import { auditEvents } from './audit.table.js';
import { auditSeals } from './chain.table.js';
import type { Link, SealableEvent, SealedEvent } from './seals.js';

const text = <T extends string | null>(column: PgColumn) => sql<T>`${column}::text`;

/** As text by the database itself: JavaScript's numbers would let two different `jsonb` look alike. */
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

/** The statements of the chain. */
export class ChainStore {
  constructor(readonly db: Database) {}

  /** Runs `work` in a transaction while no other node or command seals or prunes. Holds up nobody else. */
  exclusively<T>(work: (tx: Database) => Promise<T>): Promise<T> {
    return this.db.transaction(async (tx) => {
      await takeLock(tx, AdvisoryLock.AUDIT_CHAIN);
      return work(tx);
    });
  }

  /** The newest id that was handed out, whether or not its row has been committed. */
  async lastIssuedId(): Promise<bigint> {
    const rows = await rowsOf<{ id: string }>(
      this.db,
      sql`SELECT last_value::text AS id FROM audit_events_id_seq`,
    );
    return BigInt(rows[0]?.id ?? 0);
  }

  /** The transactions that may be writing to the log just now: every INSERT holds this lock until it is over. */
  async writers(): Promise<string[]> {
    const rows = await rowsOf<{ id: string }>(
      this.db,
      sql`SELECT virtualtransaction AS id FROM pg_locks
        WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND relation = ${'audit_events'}::regclass
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    return rows.map(({ id }) => id);
  }

  /** Where the chain ends: the newest seal, or the anchor where every sealed row was pruned. */
  async end(tx: Database): Promise<Link | undefined> {
    const [newest] = await tx
      .select({ eventId: auditSeals.eventId, seal: auditSeals.seal })
      .from(auditSeals)
      .orderBy(desc(auditSeals.eventId))
      .limit(1);
    if (newest !== undefined) return newest;
    const anchor = await newestAnchor(tx);
    return anchor && { eventId: anchor.eventId, seal: anchor.lastSeal };
  }

  /** Rows in order of their ids, with the moment that is to stand in their seals. */
  events(
    after: bigint,
    upTo: bigint,
    limit: number,
    db = this.db,
  ): Promise<(SealableEvent & { now: string })[]> {
    return db
      .select({ ...sealable, now: iso(sql`now()`) })
      .from(auditEvents)
      .where(and(gt(auditEvents.id, after), lte(auditEvents.id, upTo)))
      .orderBy(asc(auditEvents.id))
      .limit(limit);
  }

  seals(after: bigint, limit: number): Promise<SealedEvent[]> {
    return this.db
      .select({
        eventId: auditSeals.eventId,
        seal: auditSeals.seal,
        sealedAt: iso(auditSeals.sealedAt),
      })
      .from(auditSeals)
      .where(gt(auditSeals.eventId, after))
      .orderBy(asc(auditSeals.eventId))
      .limit(limit);
  }

  async append(tx: Database, seals: readonly SealedEvent[]): Promise<void> {
    await tx
      .insert(auditSeals)
      .values(seals.map((seal) => ({ ...seal, sealedAt: sql`${seal.sealedAt}::timestamptz` })));
  }

  /** Rows after an id that the sequence has handed out. */
  async countAfter(id: bigint): Promise<number> {
    const [row] = await this.db
      .select({ count: sql<number>`count(*)::int` })
      .from(auditEvents)
      .where(
        sql`${auditEvents.id} > ${id} AND ${auditEvents.id} <= (SELECT last_value FROM audit_events_id_seq)`,
      );
    return row?.count ?? 0;
  }

  /** Rows that are not sealed yet. */
  async countWaiting(): Promise<number> {
    return this.countAfter((await this.end(this.db))?.eventId ?? 0n);
  }

  async countSeals(after: bigint): Promise<number> {
    return this.db.$count(auditSeals, gt(auditSeals.eventId, after));
  }

  /** A row or a seal where none can be: at or below the anchor, or past what the sequence has handed out. */
  async strayId(anchored: bigint): Promise<bigint | undefined> {
    const [row] = await rowsOf<{ id: string | null }>(
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
