import { sql } from 'drizzle-orm';
import { boolean, check, index, inet, integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { users } from '../accounts/user.table.js';
import { sessionEndReason } from './session-end.table.js';

const moment = () => timestamp({ withTimezone: true, precision: 3 });

/** Signed-in devices. A session that is over stays for a day. */
export const sessions = pgTable(
  'sessions',
  {
    id: uuid().primaryKey().defaultRandom(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** Of the current refresh token. */
    counter: integer().notNull().default(0),
    /** When the counter last moved on; its grace period begins there. */
    rotatedAt: moment().notNull().defaultNow(),
    remembered: boolean().notNull(),
    /** How the user proved who they are (RFC 8176). */
    amr: text().array().notNull(),
    ipAddress: inet(),
    userAgent: text(),
    createdAt: moment().notNull().defaultNow(),
    lastUsedAt: moment().notNull().defaultNow(),
    expiresAt: moment().notNull(),
    revokedAt: moment(),
    /** Set with `revokedAt`. */
    endReason: sessionEndReason(),
  },
  (table) => [
    // A user's devices, and ending them all.
    index('sessions_user').on(table.userId, table.createdAt).where(sql`${table.revokedAt} IS NULL`),
    // The maintenance that removes what has expired or was revoked; the cascade from users.
    index('sessions_expires_at').on(table.expiresAt),
    index('sessions_revoked_at').on(table.revokedAt).where(sql`${table.revokedAt} IS NOT NULL`),
    index('sessions_user_id').on(table.userId),
    check('sessions_counter_counts', sql`${table.counter} >= 0`),
  ],
);
