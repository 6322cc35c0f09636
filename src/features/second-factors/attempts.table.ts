import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, uuid } from 'drizzle-orm/pg-core';
import { timestamptz } from '../../platform/columns.js';
import { users } from '../accounts/user.table.js';

/** Counts the recent attempts of a user to prove a second factor. No row means no recent failures. */
export const secondFactorAttempts = attemptsTable('second_factor_attempts');

/** Counts the recent attempts of a user to authenticate again in a session. */
export const reauthenticationAttempts = attemptsTable('reauthentication_attempts');

function attemptsTable(name: string) {
  return pgTable(
    name,
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
      index(`${name}_first_at`).on(table.firstAt),
      check(`${name}_counted`, sql`${table.attempts} >= 0`),
    ],
  );
}
