import { jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import type { JWK } from 'jose';

/** The keys that sign access tokens. Private halves are encrypted under `JWT_SECRET_KEY`. */
export const signingKeys = pgTable('signing_keys', {
  kid: text().primaryKey(),
  algorithm: text().notNull(),
  publicJwk: jsonb().$type<JWK>().notNull(),
  sealedPrivateJwk: text().notNull(),
  createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
  /** Published before it signs, so that every verifier has seen it by then. */
  signsFrom: timestamp({ withTimezone: true, precision: 3 }).notNull(),
});
