import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, uuid } from 'drizzle-orm/pg-core';
import { timestamptz } from '../../platform/columns.js';
import { users } from '../accounts/user.table.js';

/** Counts the recent attempts of a user to prove a second factor. No row means no recent failures. */
export const secondFactorAttempts = pgTable(
  'second_factor_attempts',
  {
    userId: uuid()
      .primaryKey()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** Attempts since `firstAt` that failed or are in progress. */
    attempts: integer().notNull(),
    firstAt: timestamptz().notNull(),
    /** Every attempt before this time is refused. */
    lockedUntil: timestamptz(),
  },
  (table) => [
    // For the hourly maintenance task that deletes old rows.
    index('second_factor_attempts_first_at').on(table.firstAt),
    check('second_factor_attempts_counted', sql`${table.attempts} >= 0`),
  ],
);
