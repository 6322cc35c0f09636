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
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { Role } from '../../platform/actor.js';
import { timestamptz } from '../../platform/columns.js';

export const role = pgEnum('role', Role);

/**
 * Folds the case of an ASCII column like `foldCase`, independent of the database's locale. Use it for
 * indexes, lookups and sort orders alike: Postgres uses an expression index only for the same expression.
 */
export function folded(column: AnyPgColumn): SQL {
  return sql`lower(${column} COLLATE "C")`;
}

/** The letters of a text and its pairs of neighbouring letters. A migration creates the function. */
export function searchGrams(column: AnyPgColumn): SQL {
  return sql`search_grams(${column}) COLLATE "C"`;
}

/**
 * Users and pending registrations. A pending row reserves its username but not its address: several can share
 * one address, and the first to be verified becomes the user.
 */
export const users = pgTable(
  'users',
  {
    id: uuid().primaryKey().defaultRandom(),
    username: text().notNull(),
    /** Local part as typed, domain in lower case and punycode. Compared in lower case. */
    email: text().notNull(),
    displayName: text(),
    /** See `buildSearchText`. Folded in JavaScript, so the database's locale does not matter. */
    searchText: text().notNull(),
    /** Null until an invited user sets a password. */
    passwordHash: text(),
    /**
     * Incremented by every change that invalidates outstanding links and operations in progress: a change of
     * password, address or role, and a deactivation. Not incremented if the same password is hashed again.
     */
    credentialsVersion: integer().notNull().default(0),
    role: role().notNull().default(Role.CUSTOMER),
    /** The role that an admin gave at registration. It takes effect when the address is verified. */
    grantedRole: role(),
    /** The admin who gave that role. */
    roleGrantedBy: uuid(),
    isActive: boolean().notNull().default(true),
    emailVerified: boolean().notNull().default(false),
    pending: boolean().notNull().default(false),
    /** When an unverified registration is deleted. */
    expiresAt: timestamptz(),
    lastLoginAt: timestamptz(),
    createdAt: timestamptz().notNull().defaultNow(),
    updatedAt: timestamptz().notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('users_username_unique').on(folded(table.username)),
    uniqueIndex('users_email_unique').on(folded(table.email)).where(sql`NOT ${table.pending}`),
    // The sort orders of the users connection, with the keyset (value, id); see `userOrders`.
    index('users_by_created_at').on(table.createdAt, table.id).where(sql`NOT ${table.pending}`),
    index('users_by_username').on(folded(table.username), table.id).where(sql`NOT ${table.pending}`),
    index('users_by_email').on(folded(table.email), table.id).where(sql`NOT ${table.pending}`),
    index('users_by_last_login_at')
      .on(sql`coalesce(${table.lastLoginAt}, '-infinity'::timestamptz)`, table.id)
      .where(sql`NOT ${table.pending}`),
    // The filters of the users connection: one index for each value that few rows have.
    index('users_by_role').on(table.role, table.createdAt, table.id).where(sql`NOT ${table.pending}`),
    index('users_inactive')
      .on(table.createdAt, table.id)
      .where(sql`NOT ${table.pending} AND NOT ${table.isActive}`),
    index('users_unverified')
      .on(table.createdAt, table.id)
      .where(sql`NOT ${table.pending} AND NOT ${table.emailVerified}`),
    // The search of the users connection: any substring of three letters or more, and shorter ones.
    index('users_search').using('gin', sql`${table.searchText} gin_trgm_ops`),
    index('users_short_search').using('gin', searchGrams(table.searchText)),
    // Finds pending registrations by address: at sign-in, and when the mail is requested again.
    index('users_pending_email').on(folded(table.email)).where(sql`${table.pending}`),
    // The maintenance task that deletes expired registrations.
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
