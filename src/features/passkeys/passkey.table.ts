import { sql } from 'drizzle-orm';
import { bigint, boolean, check, index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { bytea, timestamptz } from '../../platform/columns.js';
import { users } from '../accounts/user.table.js';

/** WebAuthn credentials of users (credential records, WebAuthn L3 §4). A public key is no secret. */
export const passkeys = pgTable(
  'passkeys',
  {
    id: uuid().primaryKey().defaultRandom(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** Chosen by the authenticator. Unique among all users, so that it identifies the user at a sign-in. */
    credentialId: bytea().notNull(),
    /** As a COSE key. */
    publicKey: bytea().notNull(),
    /** The signature counter of the last assertion. Stays 0 if the authenticator does not count. */
    counter: bigint({ mode: 'number' }).notNull(),
    /** How browsers reach the authenticator. */
    transports: text().array().notNull(),
    /** The model of the authenticator; zeros if it does not say. */
    aaguid: uuid().notNull(),
    name: text().notNull(),
    /** Whether the passkey can be synced to other devices. It never changes. */
    backupEligible: boolean().notNull(),
    /** Whether the passkey was synced at its last use. */
    backedUp: boolean().notNull(),
    createdAt: timestamptz().notNull().defaultNow(),
    lastUsedAt: timestamptz(),
  },
  (table) => [
    uniqueIndex('passkeys_credential_id').on(table.credentialId),
    // Lists the passkeys of a user, and serves the cascade from users.
    index('passkeys_user').on(table.userId, table.createdAt),
    // WebAuthn L3 §4: at most 1023 bytes.
    check('passkeys_credential_id_length', sql`octet_length(${table.credentialId}) BETWEEN 1 AND 1023`),
    check('passkeys_counter_counts', sql`${table.counter} BETWEEN 0 AND 4294967295`),
    check('passkeys_name_length', sql`char_length(${table.name}) BETWEEN 1 AND 100`),
    check('passkeys_backed_up_is_eligible', sql`NOT ${table.backedUp} OR ${table.backupEligible}`),
  ],
);
