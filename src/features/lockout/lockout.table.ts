import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { bytea, timestamptz } from '../../platform/columns.js';
import { users } from '../accounts/user.table.js';

/**
 * Failed attempts by key: a submitted identifier (hashed), an account, a known device of an account, or the password
 * confirmations of a user. See `keys.ts`.
 */
export const failureCounters = pgTable(
  'failure_counters',
  {
    key: text().primaryKey(),
    failures: integer().notNull().default(0),
    /** Unused. Nodes of the previous release write these two columns; the next release can drop them. */
    inFlight: integer().notNull().default(0),
    lastAttempt: uuid(),
    /** The number of consecutive locks. Each lasts twice as long as the one before. */
    locks: integer().notNull().default(0),
    lockedUntil: timestamptz(),
    updatedAt: timestamptz().notNull().defaultNow(),
  },
  (table) => [
    // For the hourly deletion.
    index('failure_counters_updated_at').on(table.updatedAt),
    // For the filter of locked users.
    index('failure_counters_locked').on(table.lockedUntil).where(sql`${table.lockedUntil} IS NOT NULL`),
    check(
      'failure_counters_count',
      sql`${table.failures} >= 0 AND ${table.inFlight} >= 0 AND ${table.locks} >= 0`,
    ),
  ],
);

/** Devices that have signed in to an account, by the hash of the id in their cookie. */
export const knownDevices = pgTable(
  'known_devices',
  {
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    deviceHash: bytea().notNull(),
    lastUsedAt: timestamptz().notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.deviceHash] }),
    // For the hourly deletion.
    index('known_devices_last_used_at').on(table.lastUsedAt),
  ],
);
