import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { timestamptz } from '../../platform/columns.js';
import { users } from '../accounts/user.table.js';

/**
 * The TOTP factor of a user: an unconfirmed setup that expires, or a confirmed factor with its last used time
 * step.
 */
export const twoFactors = pgTable(
  'two_factors',
  {
    userId: uuid()
      .primaryKey()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** The TOTP secret, encrypted for this user. */
    sealedSecret: text().notNull(),
    createdAt: timestamptz().notNull().defaultNow(),
    /** The expiry of an unconfirmed setup. Null for a confirmed factor. */
    expiresAt: timestamptz(),
    confirmedAt: timestamptz(),
    /** The newest consumed time step. Null until the factor is confirmed. */
    lastStep: integer(),
    /** Unused. Nodes of the previous release write these three columns; the next release can drop them. */
    failures: integer().notNull().default(0),
    firstFailureAt: timestamptz(),
    closedUntil: timestamptz(),
  },
  (table) => [
    // For the hourly maintenance task that deletes expired setups.
    index('two_factors_expires_at').on(table.expiresAt).where(sql`${table.expiresAt} IS NOT NULL`),
    check(
      'two_factors_lapses_or_is_confirmed',
      sql`(${table.expiresAt} IS NULL) = (${table.confirmedAt} IS NOT NULL)`,
    ),
    check(
      'two_factors_confirmed_by_a_step',
      sql`(${table.lastStep} IS NULL) = (${table.confirmedAt} IS NULL)`,
    ),
    check('two_factors_failures_count', sql`${table.failures} >= 0`),
    check('two_factors_failures_began', sql`(${table.failures} = 0) = (${table.firstFailureAt} IS NULL)`),
    check('two_factors_closed_by_failures', sql`${table.closedUntil} IS NULL OR ${table.failures} > 0`),
  ],
);
