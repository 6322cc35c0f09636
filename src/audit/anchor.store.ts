import { asc, desc, eq, lte, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Database } from '../platform/database.js';
import { auditEvents } from './audit.table.js';
import { auditAnchors, auditSeals } from './chain.table.js';
import type { Anchor, Link } from './seals.js';

/** A time in UTC with milliseconds. Seals cover this text, so it must not depend on session settings or the driver. */
export const iso = (moment: PgColumn | SQL) =>
  sql<string>`to_char(${moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const columns = {
  eventId: auditAnchors.eventId,
  lastSeal: auditAnchors.lastSeal,
  seal: auditAnchors.seal,
  prunedAt: iso(auditAnchors.prunedAt),
};

/** Oldest first. */
export function listAnchors(db: Database): Promise<Anchor[]> {
  return db.select(columns).from(auditAnchors).orderBy(asc(auditAnchors.eventId));
}

export async function newestAnchor(db: Database): Promise<Anchor | undefined> {
  const [anchor] = await db.select(columns).from(auditAnchors).orderBy(desc(auditAnchors.eventId)).limit(1);
  return anchor;
}

/** The oldest sealed rows, and whether each is older than `days`. */
export function oldestSealed(
  tx: Database,
  days: number,
  limit: number,
): Promise<(Link & { isOld: boolean; now: string })[]> {
  return tx
    .select({
      eventId: auditSeals.eventId,
      seal: auditSeals.seal,
      isOld: sql<boolean>`${auditEvents.createdAt} < now() - make_interval(days => ${days}::int)`,
      now: iso(sql`now()`),
    })
    .from(auditSeals)
    .innerJoin(auditEvents, eq(auditEvents.id, auditSeals.eventId))
    .orderBy(asc(auditSeals.eventId))
    .limit(limit);
}

/** Writes the anchor, then deletes the rows up to it. The triggers reject any other order. */
export async function pruneTo(tx: Database, anchor: Anchor): Promise<void> {
  await tx.insert(auditAnchors).values({ ...anchor, prunedAt: sql`${anchor.prunedAt}::timestamptz` });
  await tx.delete(auditEvents).where(lte(auditEvents.id, anchor.eventId));
  await tx.delete(auditSeals).where(lte(auditSeals.eventId, anchor.eventId));
}
