import { jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import type { JWK } from 'jose';
import { timestamptz } from '../../platform/columns.js';

/** The keys that sign access tokens. Private keys are encrypted with `JWT_SECRET_KEY`. */
export const signingKeys = pgTable('signing_keys', {
  kid: text().primaryKey(),
  algorithm: text().notNull(),
  publicJwk: jsonb().$type<JWK>().notNull(),
  sealedPrivateJwk: text().notNull(),
  createdAt: timestamptz().notNull().defaultNow(),
  /** Later than the publication of the key, so that every verifier has loaded the key by then. */
  signsFrom: timestamptz().notNull(),
});
