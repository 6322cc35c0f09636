import { and, eq, gt, inArray, isNull, lte, type SQLWrapper, sql } from 'drizzle-orm';
import type { Database } from '../../platform/database.js';
import { twoFactors } from './totp.table.js';

/** An unconfirmed setup expires after this time. */
const SETUP_LIFETIME = sql`interval '10 minutes'`;

export interface StoredTotp {
  readonly sealedSecret: string;
  /** `PENDING`: set up, neither confirmed nor expired. `EXPIRED` rows wait for their deletion. */
  readonly state: 'CONFIRMED' | 'PENDING' | 'EXPIRED';
}

const ofUser = (userId: string) => eq(twoFactors.userId, userId);

/** The SQL condition that a user has a confirmed TOTP factor. */
export const confirmedTotpFor = (userId: SQLWrapper) =>
  sql`EXISTS (SELECT FROM ${twoFactors} WHERE ${twoFactors.userId} = ${userId} AND ${twoFactors.confirmedAt} IS NOT NULL)`;

/** TOTP factors. Each method runs in the transaction of the caller. */
export class TotpStore {
  async find(tx: Database, userId: string): Promise<StoredTotp | undefined> {
    const [row] = await tx
      .select({
        sealedSecret: twoFactors.sealedSecret,
        state: sql<StoredTotp['state']>`CASE WHEN ${twoFactors.confirmedAt} IS NOT NULL THEN 'CONFIRMED'
          WHEN ${twoFactors.expiresAt} > now() THEN 'PENDING' ELSE 'EXPIRED' END`,
      })
      .from(twoFactors)
      .where(ofUser(userId));
    return row;
  }

  /**
   * Starts a setup, or replaces an unconfirmed one. Never replaces a confirmed factor.
   * @returns when the setup expires; undefined if the factor is confirmed
   */
  async startUnlessConfirmed(tx: Database, userId: string, sealedSecret: string): Promise<Date | undefined> {
    const setup = { sealedSecret, createdAt: sql`now()`, expiresAt: sql`now() + ${SETUP_LIFETIME}` };
    const [row] = await tx
      .insert(twoFactors)
      .values({ userId, ...setup })
      .onConflictDoUpdate({
        target: twoFactors.userId,
        set: setup,
        setWhere: isNull(twoFactors.confirmedAt),
      })
      .returning({ expiresAt: twoFactors.expiresAt });
    return row?.expiresAt ?? undefined;
  }

  /**
   * Confirms a setup that has not expired, and uses up the time step of the code.
   * @returns whether there was such a setup
   */
  async confirmWithStep(tx: Database, userId: string, step: number): Promise<boolean> {
    const rows = await tx
      .update(twoFactors)
      .set({ confirmedAt: sql`now()`, expiresAt: null, lastStep: step })
      .where(and(ofUser(userId), isNull(twoFactors.confirmedAt), gt(twoFactors.expiresAt, sql`now()`)))
      .returning({ userId: twoFactors.userId });
    return rows.length === 1;
  }

  /**
   * Uses up a time step, compared and set in one statement: of many attempts with one code at once, one succeeds, and
   * no older code works after a newer one (RFC 6238 §5.2).
   */
  async claimStep(tx: Database, userId: string, step: number): Promise<boolean> {
    const rows = await tx
      .update(twoFactors)
      .set({ lastStep: step })
      // An unconfirmed setup has no step. The comparison with NULL refuses it.
      .where(and(ofUser(userId), sql`${twoFactors.lastStep} < ${step}`))
      .returning({ userId: twoFactors.userId });
    return rows.length === 1;
  }

  /** Deletes the factor of a user, or an unconfirmed setup. */
  async delete(tx: Database, userId: string): Promise<void> {
    await tx.delete(twoFactors).where(ofUser(userId));
  }

  /**
   * Deletes setups that nobody confirmed in time, up to a limit. Skips rows that another transaction has locked.
   * @returns the ids of their users
   */
  async takeExpired(tx: Database, limit: number): Promise<string[]> {
    const expired = tx
      .select({ userId: twoFactors.userId })
      .from(twoFactors)
      .where(and(isNull(twoFactors.confirmedAt), lte(twoFactors.expiresAt, sql`now()`)))
      .limit(limit)
      .for('update', { skipLocked: true });
    const rows = await tx
      .delete(twoFactors)
      .where(inArray(twoFactors.userId, expired))
      .returning({ userId: twoFactors.userId });
    return rows.map(({ userId }) => userId);
  }
}
