import { asc, desc, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Database } from '../platform/database.js';
import { auditAnchors } from './chain.table.js';
import type { Anchor } from './seals.js';

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
