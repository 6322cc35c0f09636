import { sql } from 'drizzle-orm';
import { check, index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { timestamptz } from '../../platform/columns.js';
import { users } from '../accounts/user.table.js';

/** Accounts at identity providers that sign in as a user. */
export const identities = pgTable(
  'identities',
  {
    id: uuid().primaryKey().defaultRandom(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** The id of the provider in the settings at the last sign-in. */
    provider: text().notNull(),
    issuer: text().notNull(),
    /** The `sub` claim: the id of the person at the issuer. */
    subject: text().notNull(),
    /** As the provider gave it at the last sign-in. It never identifies the person. */
    email: text(),
    createdAt: timestamptz().notNull().defaultNow(),
    lastUsedAt: timestamptz(),
  },
  (table) => [
    uniqueIndex('identities_issuer_subject_unique').on(table.issuer, table.subject),
    index('identities_by_user').on(table.userId),
    check('identities_subject_length', sql`char_length(${table.subject}) BETWEEN 1 AND 255`),
  ],
);
