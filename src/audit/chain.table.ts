import { sql } from 'drizzle-orm';
import { bigint, check, pgTable } from 'drizzle-orm/pg-core';
import { bytea, timestamptz } from '../platform/columns.js';

/**
 * A seal for each row of the log, made some time after it: an HMAC over the row, `sealedAt` and the seal before.
 * The row's id is kept without a foreign key, which would lock the row and hinder pruning.
 */
export const auditSeals = pgTable(
  'audit_seals',
  {
    eventId: bigint({ mode: 'bigint' }).primaryKey(),
    seal: bytea().notNull(),
    sealedAt: timestamptz().notNull(),
  },
  (table) => [check('audit_seals_length', sql`octet_length(${table.seal}) = 32`)],
);

/**
 * What remains of pruned rows: the id and the seal of the last one, where the chain of the kept rows begins.
 * Anchors are a chain of their own. The triggers let nothing be deleted but rows at or below the newest.
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
