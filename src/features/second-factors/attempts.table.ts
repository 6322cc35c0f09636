import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, timestamp, uuid } from 'drizzle-orm/pg-core';
import { users } from '../accounts/user.table.js';

const moment = () => timestamp({ withTimezone: true, precision: 3 });

/** The recent attempts of a user to prove a second factor. No row means that none failed. */
export const secondFactorAttempts = pgTable(
  'second_factor_attempts',
  {
    userId: uuid()
      .primaryKey()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** Attempts since `firstAt` that failed or are in progress. */
    attempts: integer().notNull(),
    firstAt: moment().notNull(),
    /** Until then no response is checked. */
    lockedUntil: moment(),
  },
  (table) => [
    // For the hourly deletion.
    index('second_factor_attempts_first_at').on(table.firstAt),
    check('second_factor_attempts_counted', sql`${table.attempts} > 0`),
  ],
);
