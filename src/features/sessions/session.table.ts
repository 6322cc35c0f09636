import { sql } from 'drizzle-orm';
import { boolean, check, index, inet, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { timestamptz } from '../../platform/columns.js';
import { users } from '../accounts/user.table.js';
import { sessionEndReason } from './session-end.table.js';

/** Signed-in devices. A session is deleted a day after its end. */
export const sessions = pgTable(
  'sessions',
  {
    id: uuid().primaryKey().defaultRandom(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** The counter of the current refresh token. */
    counter: integer().notNull().default(0),
    /** The time of the last rotation, at which the grace period begins. */
    rotatedAt: timestamptz().notNull().defaultNow(),
    remembered: boolean().notNull(),
    /** The authentication methods at `authenticatedAt` (RFC 8176). */
    amr: text().array().notNull(),
    ipAddress: inet(),
    userAgent: text(),
    createdAt: timestamptz().notNull().defaultNow(),
    /**
     * The time of the sign-in, or of the last time the user authenticated again in the session. 1970 for a session from
     * before this column.
     */
    authenticatedAt: timestamptz().notNull().defaultNow(),
    lastUsedAt: timestamptz().notNull().defaultNow(),
    expiresAt: timestamptz().notNull(),
    revokedAt: timestamptz(),
    /** Set with `revokedAt`. */
    endReason: sessionEndReason(),
  },
  (table) => [
    // Lists or ends the live sessions of a user.
    index('sessions_user').on(table.userId, table.createdAt).where(sql`${table.revokedAt} IS NULL`),
    // The maintenance task that deletes expired and revoked sessions.
    index('sessions_expires_at').on(table.expiresAt),
    index('sessions_revoked_at').on(table.revokedAt).where(sql`${table.revokedAt} IS NOT NULL`),
    // The cascade from users.
    index('sessions_user_id').on(table.userId),
    check('sessions_counter_counts', sql`${table.counter} >= 0`),
  ],
);
