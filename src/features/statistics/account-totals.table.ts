import { sql } from 'drizzle-orm';
import { boolean, check, integer, pgTable } from 'drizzle-orm/pg-core';
import { timestamptz } from '../../platform/columns.js';

const total = () => integer().notNull();

/** The last count of large tables. One row, or none if the tables are small. */
export const accountTotals = pgTable(
  'account_totals',
  {
    single: boolean().primaryKey().default(true),
    /** The time when the count began. */
    countedAt: timestamptz().notNull(),
    users: total(),
    staff: total(),
    admins: total(),
    deactivated: total(),
    locked: total(),
    twoFactorEnabled: total(),
    withPasskey: total(),
    liveSessions: total(),
  },
  (table) => [check('account_totals_single', sql`${table.single}`)],
);
