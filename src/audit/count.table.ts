import { sql } from 'drizzle-orm';
import { bigint, boolean, check, integer, pgTable } from 'drizzle-orm/pg-core';
import { timestamptz } from '../platform/columns.js';

const count = () => integer().notNull();

/** How many events of each kind there were in an hour (UTC). Hours in which none happened have no row. */
export const auditCounts = pgTable('audit_counts', {
  start: timestamptz().primaryKey(),
  signIns: count(),
  failedSignIns: count(),
  lockouts: count(),
  registrations: count(),
  passwordResets: count(),
  tokenReuses: count(),
});

/** One row, which the migration inserts: `audit_counts` has the events up to this id, and no later ones. */
export const auditCountProgress = pgTable(
  'audit_count_progress',
  {
    single: boolean().primaryKey().default(true),
    countedTo: bigint({ mode: 'bigint' }).notNull(),
  },
  (table) => [check('audit_count_progress_single', sql`${table.single}`)],
);
