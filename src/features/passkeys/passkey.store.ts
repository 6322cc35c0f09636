import { and, desc, eq, lt, or, type SQLWrapper, sql } from 'drizzle-orm';
import { batched } from '../../platform/batch.js';
import type { Database } from '../../platform/database.js';
import type { AssertionFacts, NewPasskey, Passkey } from './passkey.model.js';
import { passkeys } from './passkey.table.js';

const newestFirst = [desc(passkeys.createdAt), desc(passkeys.id)];

/** The SQL condition that a user has a passkey. */
export const passkeyFor = (userId: SQLWrapper) =>
  sql`EXISTS (SELECT FROM ${passkeys} WHERE ${passkeys.userId} = ${userId})`;

const ofUser = (userId: string) => eq(passkeys.userId, userId);

/** Passkeys. A method with `tx` runs in the transaction of the caller. */
export class PasskeyStore {
  readonly #byUser: (userId: string) => Promise<Passkey[] | null>;

  constructor(readonly db: Database) {
    const ofUsers = db
      .select()
      .from(passkeys)
      .where(sql`${passkeys.userId} = ANY(${sql.placeholder('ids')}::uuid[])`)
      .orderBy(...newestFirst)
      .prepare('passkeys_of_users');
    this.#byUser = batched(async (ids) => {
      const byUser = new Map<string, Passkey[]>(ids.map((id) => [id, []]));
      for (const passkey of await ofUsers.execute({ ids: `{${ids.join(',')}}` })) {
        byUser.get(passkey.userId)?.push(passkey);
      }
      return byUser;
    });
  }

  /** The passkeys of a user, newest first. Concurrent calls are batched into one statement. */
  async load(userId: string): Promise<Passkey[]> {
    return (await this.#byUser(userId)) ?? [];
  }

  /** The passkeys of a user, newest first. */
  list(tx: Database, userId: string): Promise<Passkey[]> {
    return tx
      .select()
      .from(passkeys)
      .where(ofUser(userId))
      .orderBy(...newestFirst);
  }

  async hasAny(tx: Database, userId: string): Promise<boolean> {
    const rows = await tx.select({ id: passkeys.id }).from(passkeys).where(ofUser(userId)).limit(1);
    return rows.length > 0;
  }

  async findByCredentialId(db: Database, credentialId: Buffer): Promise<Passkey | undefined> {
    const [row] = await db.select().from(passkeys).where(eq(passkeys.credentialId, credentialId));
    return row;
  }

  /** @returns undefined if the credential is registered already, for any user */
  async insertUnlessRegistered(tx: Database, passkey: NewPasskey): Promise<Passkey | undefined> {
    const [row] = await tx
      .insert(passkeys)
      .values(passkey)
      .onConflictDoNothing({ target: passkeys.credentialId })
      .returning();
    return row;
  }

  /**
   * Records the use of a passkey. Compares and sets the signature counter in one statement: a counter must grow, unless
   * the authenticator does not count (WebAuthn L3 §7.2 step 22). So of two copies of a key with the same counter, one
   * succeeds.
   * @returns false if the counter has not grown, or the passkey was removed
   */
  async claimCounter(tx: Database, id: string, { counter, backedUp }: AssertionFacts): Promise<boolean> {
    const doesNotCount = counter === 0 ? eq(passkeys.counter, 0) : undefined;
    const rows = await tx
      .update(passkeys)
      .set({ counter, backedUp, lastUsedAt: sql`now()` })
      .where(and(eq(passkeys.id, id), or(lt(passkeys.counter, counter), doesNotCount)))
      .returning({ id: passkeys.id });
    return rows.length === 1;
  }

  async exists(tx: Database, id: string): Promise<boolean> {
    const rows = await tx.select({ id: passkeys.id }).from(passkeys).where(eq(passkeys.id, id));
    return rows.length === 1;
  }

  /** @returns undefined if the user has no such passkey */
  async rename(tx: Database, userId: string, id: string, name: string): Promise<Passkey | undefined> {
    const [row] = await tx
      .update(passkeys)
      .set({ name })
      .where(and(ofUser(userId), eq(passkeys.id, id)))
      .returning();
    return row;
  }

  /** @returns undefined if the user has no such passkey */
  async remove(tx: Database, userId: string, id: string): Promise<Passkey | undefined> {
    const [row] = await tx
      .delete(passkeys)
      .where(and(ofUser(userId), eq(passkeys.id, id)))
      .returning();
    return row;
  }

  /** @returns the removed passkeys */
  removeAll(tx: Database, userId: string): Promise<Passkey[]> {
    return tx.delete(passkeys).where(ofUser(userId)).returning();
  }
}
