import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  index,
  pgEnum,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

export const role = pgEnum('role', ['CUSTOMER', 'STAFF', 'ADMIN']);

const moment = () => timestamp({ withTimezone: true, precision: 3 });

/**
 * People, and registrations that are not people yet. A pending row reserves its username but not its address:
 * several may wait for one address, and the first that is verified becomes the user.
 */
export const users = pgTable(
  'users',
  {
    id: uuid().primaryKey().defaultRandom(),
    username: text().notNull(),
    /** Local part as typed, domain lower-cased and punycoded; compared in lower case. */
    email: text().notNull(),
    displayName: text(),
    /** Null until an invited user has set one. */
    passwordHash: text(),
    role: role().notNull().default('CUSTOMER'),
    isActive: boolean().notNull().default(true),
    emailVerified: boolean().notNull().default(false),
    pending: boolean().notNull().default(false),
    /** When a registration that nobody verifies is removed. */
    expiresAt: moment(),
    lastLoginAt: moment(),
    createdAt: moment().notNull().defaultNow(),
    updatedAt: moment().notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('users_username_unique').on(sql`lower(${table.username})`),
    uniqueIndex('users_email_unique').on(sql`lower(${table.email})`).where(sql`NOT ${table.pending}`),
    // Signing in to, or asking for another mail of, a registration that waits.
    index('users_pending_email').on(sql`lower(${table.email})`).where(sql`${table.pending}`),
    // The job that removes registrations nobody verified.
    index('users_expires_at').on(table.expiresAt).where(sql`${table.expiresAt} IS NOT NULL`),
    check('users_username_form', sql`${table.username} ~ '^[A-Za-z0-9_.-]{3,32}$'`),
    check('users_email_form', sql`${table.email} ~ '^[!-?A-~]{1,64}@[a-z0-9.-]{1,253}$'`),
    check('users_display_name_length', sql`char_length(${table.displayName}) BETWEEN 1 AND 100`),
    check('users_pending_is_unverified', sql`NOT (${table.pending} AND ${table.emailVerified})`),
    check('users_pending_expires', sql`NOT ${table.pending} OR ${table.expiresAt} IS NOT NULL`),
    check('users_verified_stays', sql`NOT ${table.emailVerified} OR ${table.expiresAt} IS NULL`),
  ],
);
