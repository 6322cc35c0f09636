import { and, asc, count, eq, sql } from 'drizzle-orm';
import { batched } from '../../platform/batch.js';
import { anyOf } from '../../platform/columns.js';
import type { Database } from '../../platform/database.js';
import { isId } from '../../platform/id.js';
import { identities } from './identity.table.js';
import type { Identity, ProviderProfile } from './identity-provider.model.js';

type Subject = Pick<ProviderProfile, 'issuer' | 'subject'>;

/** A new row, or the change of a row at a sign-in. */
export interface IdentityUse {
  readonly provider: string;
  readonly profile: ProviderProfile;
}

const isSubject = ({ issuer, subject }: Subject) =>
  and(eq(identities.issuer, issuer), eq(identities.subject, subject));

/** Accounts at identity providers. A method with `tx` runs in the transaction of the caller. */
export class IdentityStore {
  readonly #ofUser: (userId: string) => Promise<Identity[] | null>;

  constructor(readonly db: Database) {
    this.#ofUser = batched(async (userIds) => {
      const rows = await db
        .select()
        .from(identities)
        .where(anyOf(identities.userId, userIds, 'uuid'))
        .orderBy(asc(identities.createdAt), asc(identities.id));
      const byUser = new Map<string, Identity[]>(userIds.map((id) => [id, []]));
      for (const row of rows) byUser.get(row.userId)?.push(row);
      return byUser;
    });
  }

  /** The identities of a user, oldest first. Concurrent calls are batched into one statement. */
  async listOf(userId: string): Promise<Identity[]> {
    return (await this.#ofUser(userId)) ?? [];
  }

  async find(subject: Subject, db = this.db): Promise<Identity | undefined> {
    const [row] = await db.select().from(identities).where(isSubject(subject));
    return row;
  }

  async countOf(tx: Database, userId: string): Promise<number> {
    const [row] = await tx.select({ count: count() }).from(identities).where(eq(identities.userId, userId));
    return row?.count ?? 0;
  }

  /** Whether the user can sign in by one of these issuers. */
  async hasAnyOf(tx: Database, userId: string, issuers: readonly string[]): Promise<boolean> {
    const rows = await tx
      .select({ id: identities.id })
      .from(identities)
      .where(and(eq(identities.userId, userId), anyOf(identities.issuer, issuers, 'text')))
      .limit(1);
    return rows.length > 0;
  }

  /** @throws a unique violation of `identities_issuer_subject_unique` if another user has the identity */
  async insert(tx: Database, userId: string, { provider, profile }: IdentityUse): Promise<void> {
    const { issuer, subject, email = null } = profile;
    await tx.insert(identities).values({ userId, provider, issuer, subject, email, lastUsedAt: sql`now()` });
  }

  /**
   * Records a sign-in.
   * @returns whether the identity still belongs to the user
   */
  async recordUse(tx: Database, userId: string, { provider, profile }: IdentityUse): Promise<boolean> {
    const rows = await tx
      .update(identities)
      .set({ provider, email: profile.email ?? null, lastUsedAt: sql`now()` })
      .where(and(isSubject(profile), eq(identities.userId, userId)))
      .returning({ id: identities.id });
    return rows.length === 1;
  }

  /** Deletes an identity of a user. Undefined if the user has no such identity, or the id is malformed. */
  async delete(tx: Database, userId: string, id: string): Promise<Identity | undefined> {
    if (!isId(id)) return undefined;
    const [row] = await tx
      .delete(identities)
      .where(and(eq(identities.id, id), eq(identities.userId, userId)))
      .returning();
    return row;
  }

  /** @returns the deleted identities */
  deleteAll(tx: Database, userId: string): Promise<Identity[]> {
    return tx.delete(identities).where(eq(identities.userId, userId)).returning();
  }
}
