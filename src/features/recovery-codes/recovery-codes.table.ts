import { sql } from 'drizzle-orm';
import { check, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core';
import { bytea } from '../../platform/columns.js';
import { users } from '../accounts/user.table.js';

/** The unused recovery codes of a user. */
export const recoveryCodes = pgTable(
  'recovery_codes',
  {
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    hash: bytea().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.hash] }),
    check('recovery_codes_hash_is_sha256', sql`octet_length(${table.hash}) = 32`),
  ],
);
