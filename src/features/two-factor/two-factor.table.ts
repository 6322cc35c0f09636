import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { bytea } from '../../platform/columns.js';
import { users } from '../accounts/user.table.js';

const moment = () => timestamp({ withTimezone: true, precision: 3 });

/**
 * The second factor of a user: a setup that waits to be confirmed and lapses, or a confirmed one, whose last
 * used time step is always known.
 */
export const twoFactors = pgTable(
  'two_factors',
  {
    userId: uuid()
      .primaryKey()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** The TOTP secret under the encryption key, bound to the user. */
    sealedSecret: text().notNull(),
    createdAt: moment().notNull().defaultNow(),
    /** When a setup that is not confirmed lapses. */
    expiresAt: moment(),
    confirmedAt: moment(),
    /** The newest time step whose code was used. */
    lastStep: integer(),
    /** Attempts since `firstFailureAt` that failed or are being checked. */
    failures: integer().notNull().default(0),
    firstFailureAt: moment(),
    /** Until then no code is checked. */
    closedUntil: moment(),
  },
  (table) => [
    // The job that removes setups which lapsed.
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

/** The recovery codes that are left. They go with the factor; nobody has some without it. */
export const recoveryCodes = pgTable(
  'recovery_codes',
  {
    userId: uuid()
      .notNull()
      .references(() => twoFactors.userId, { onDelete: 'cascade' }),
    hash: bytea().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.hash] }),
    check('recovery_codes_hash_is_sha256', sql`octet_length(${table.hash}) = 32`),
  ],
);
