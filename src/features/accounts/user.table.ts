import { type SQL, sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  boolean,
  check,
  index,
  integer,
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
 * Folds the case of a column that holds ASCII, as `foldCase` does, whatever the database's locale. The one form
 * for indexes, lookups and orders: Postgres uses an index only for the expression that it was made of.
 */
export function folded(column: AnyPgColumn): SQL {
  return sql`lower(${column} COLLATE "C")`;
}

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
    /** What `search` looks through, see `searchTextOf`. Folded in JavaScript, so no locale matters. */
    searchText: text().notNull(),
    /** Null until an invited user has set one. */
    passwordHash: text(),
    /**
     * Moves on with every change that voids outstanding links and operations in progress: of password, address or
     * role, and a deactivation. A hash that is only renewed leaves it.
     */
    credentialsVersion: integer().notNull().default(0),
    role: role().notNull().default('CUSTOMER'),
    /** The role that an admin gave at registration, and that admin. It takes effect when the address is verified. */
    grantedRole: role(),
    roleGrantedBy: uuid(),
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
    uniqueIndex('users_username_unique').on(folded(table.username)),
    uniqueIndex('users_email_unique').on(folded(table.email)).where(sql`NOT ${table.pending}`),
    // The orders of the users connection, each walked by (value, id) from any row; see `userOrders`.
    index('users_by_created_at').on(table.createdAt, table.id).where(sql`NOT ${table.pending}`),
    index('users_by_username').on(folded(table.username), table.id).where(sql`NOT ${table.pending}`),
    index('users_by_email').on(folded(table.email), table.id).where(sql`NOT ${table.pending}`),
    index('users_by_last_login_at')
      .on(sql`coalesce(${table.lastLoginAt}, '-infinity'::timestamptz)`, table.id)
      .where(sql`NOT ${table.pending}`),
    // Its filters: for each value that few rows have.
    index('users_by_role').on(table.role, table.createdAt, table.id).where(sql`NOT ${table.pending}`),
    index('users_inactive')
      .on(table.createdAt, table.id)
      .where(sql`NOT ${table.pending} AND NOT ${table.isActive}`),
    index('users_unverified')
      .on(table.createdAt, table.id)
      .where(sql`NOT ${table.pending} AND NOT ${table.emailVerified}`),
    // Its search: any part of a line of the text.
    index('users_search').using('gin', sql`${table.searchText} gin_trgm_ops`),
    // Signing in to, or asking for another mail of, a registration that waits.
    index('users_pending_email').on(folded(table.email)).where(sql`${table.pending}`),
    // The job that removes registrations nobody verified.
    index('users_expires_at').on(table.expiresAt).where(sql`${table.expiresAt} IS NOT NULL`),
    check('users_username_form', sql`${table.username} ~ '^[A-Za-z0-9_.-]{3,32}$'`),
    check('users_email_form', sql`${table.email} ~ '^[!-?A-~]{1,64}@[a-z0-9.-]{1,253}$'`),
    check('users_display_name_length', sql`char_length(${table.displayName}) BETWEEN 1 AND 100`),
    check('users_pending_is_unverified', sql`NOT (${table.pending} AND ${table.emailVerified})`),
    check('users_pending_is_customer', sql`NOT ${table.pending} OR ${table.role} = 'CUSTOMER'`),
    check('users_pending_expires', sql`NOT ${table.pending} OR ${table.expiresAt} IS NOT NULL`),
    check(
      'users_role_is_granted_by_somebody',
      sql`(${table.grantedRole} IS NULL) = (${table.roleGrantedBy} IS NULL)`,
    ),
    check('users_verified_stays', sql`NOT ${table.emailVerified} OR ${table.expiresAt} IS NULL`),
  ],
);
