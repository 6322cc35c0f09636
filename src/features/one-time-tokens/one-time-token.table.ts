import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgEnum, pgTable, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { bytea, timestamptz } from '../../platform/columns.js';
import { users } from '../accounts/user.table.js';
import type { Payload } from './one-time-token.model.js';
import { PURPOSES } from './purpose.js';

export const tokenPurpose = pgEnum('token_purpose', PURPOSES);

/** A user has at most one token for each purpose; a new token replaces it. The token is stored as a hash. */
export const oneTimeTokens = pgTable(
  'one_time_tokens',
  {
    id: uuid().primaryKey().defaultRandom(),
    /** Null if nobody is known yet: the beginning of a sign-in by passkey or identity provider. */
    userId: uuid().references(() => users.id, { onDelete: 'cascade' }),
    purpose: tokenPurpose().notNull(),
    hash: bytea().notNull(),
    payload: jsonb().$type<Payload>(),
    /** Number of attempts with a token that also requires a code. */
    tries: integer().notNull().default(0),
    createdAt: timestamptz().notNull().defaultNow(),
    expiresAt: timestamptz().notNull(),
    usedAt: timestamptz(),
  },
  (table) => [
    uniqueIndex('one_time_tokens_user_purpose').on(table.userId, table.purpose),
    uniqueIndex('one_time_tokens_hash').on(table.hash),
    // The maintenance task that deletes expired tokens.
    index('one_time_tokens_expires_at').on(table.expiresAt),
    check('one_time_tokens_hash_is_sha256', sql`octet_length(${table.hash}) = 32`),
    check('one_time_tokens_tries_count', sql`${table.tries} >= 0`),
  ],
);
