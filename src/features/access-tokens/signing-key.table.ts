import { jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import type { JWK } from 'jose';

/** The keys that sign access tokens. Private keys are encrypted with `JWT_SECRET_KEY`. */
export const signingKeys = pgTable('signing_keys', {
  kid: text().primaryKey(),
  algorithm: text().notNull(),
  publicJwk: jsonb().$type<JWK>().notNull(),
  sealedPrivateJwk: text().notNull(),
  createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
  /** Later than the publication of the key, so that every verifier has loaded the key by then. */
  signsFrom: timestamp({ withTimezone: true, precision: 3 }).notNull(),
});
