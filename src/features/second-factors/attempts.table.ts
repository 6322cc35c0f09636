import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, timestamp, uuid } from 'drizzle-orm/pg-core';
import { users } from '../accounts/user.table.js';

const moment = () => timestamp({ withTimezone: true, precision: 3 });

/** Counts the recent attempts of a user to prove a second factor. No row means no recent failures. */
export const secondFactorAttempts = pgTable(
  'second_factor_attempts',
  {
    userId: uuid()
      .primaryKey()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** Attempts since `firstAt` that failed or are in progress. */
    attempts: integer().notNull(),
    firstAt: moment().notNull(),
    /** Every attempt before this time is refused. */
    lockedUntil: moment(),
  },
  (table) => [
    // For the hourly maintenance task that deletes old rows.
    index('second_factor_attempts_first_at').on(table.firstAt),
    check('second_factor_attempts_counted', sql`${table.attempts} >= 0`),
  ],
);
