import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { bytea } from '../../platform/columns.js';
import { users } from '../accounts/user.table.js';

const moment = () => timestamp({ withTimezone: true, precision: 3 });
/**
 * Failed attempts, by what they are counted for: an identifier as submitted (hashed, since people type
 * passwords into the wrong field), an account, a known device of an account, a signed-in user's confirmations.
 */
export const failureCounters = pgTable(
  'failure_counters',
  {
    key: text().primaryKey(),
    failures: integer().notNull().default(0),
    /** Not used. Nodes of the release before write these two columns; a later release may drop them. */
    inFlight: integer().notNull().default(0),
    lastAttempt: uuid(),
    /** Locks in a row; each lasts twice as long as the one before. */
    locks: integer().notNull().default(0),
    lockedUntil: moment(),
    updatedAt: moment().notNull().defaultNow(),
  },
  (table) => [
    // The job that forgets what is old.
    index('failure_counters_updated_at').on(table.updatedAt),
    // Who is locked just now.
    index('failure_counters_locked').on(table.lockedUntil).where(sql`${table.lockedUntil} IS NOT NULL`),
    check(
      'failure_counters_count',
      sql`${table.failures} >= 0 AND ${table.inFlight} >= 0 AND ${table.locks} >= 0`,
    ),
  ],
);

/** Devices that have signed in to an account before, by the hash of their cookie's id. */
export const knownDevices = pgTable(
  'known_devices',
  {
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    deviceHash: bytea().notNull(),
    lastUsedAt: moment().notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.deviceHash] }),
    // The job that forgets what is old.
    index('known_devices_last_used_at').on(table.lastUsedAt),
  ],
);
