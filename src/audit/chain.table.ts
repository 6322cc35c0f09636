import { sql } from 'drizzle-orm';
import { bigint, check, pgTable, primaryKey } from 'drizzle-orm/pg-core';
import { bytea, timestamptz } from '../platform/columns.js';

/**
 * One seal for each row of the log: an HMAC over the row, `sealedAt` and the seal before. A job writes it some time after
 * the row. There is no foreign key, because it would lock the row and prevent pruning. Partitioned by `sealed_at`.
 */
export const auditSeals = pgTable(
  'audit_seals',
  {
    eventId: bigint({ mode: 'bigint' }).notNull(),
    seal: bytea().notNull(),
    sealedAt: timestamptz().notNull(),
  },
  (table) => [
    primaryKey({ name: 'audit_seals_pkey', columns: [table.eventId, table.sealedAt] }),
    check('audit_seals_length', sql`octet_length(${table.seal}) = 32`),
  ],
);

/**
 * The last row of each pruning: its id and seal, with which the remaining chain begins. Anchors form a chain of their own.
 * The triggers allow DELETE only for rows up to the newest anchor.
 */
export const auditAnchors = pgTable(
  'audit_anchors',
  {
    eventId: bigint({ mode: 'bigint' }).primaryKey(),
    lastSeal: bytea().notNull(),
    /** HMAC over the rest of the row and the anchor before. */
    seal: bytea().notNull(),
    prunedAt: timestamptz().notNull(),
  },
  (table) => [
    check(
      'audit_anchors_length',
      sql`octet_length(${table.lastSeal}) = 32 AND octet_length(${table.seal}) = 32`,
    ),
  ],
);
