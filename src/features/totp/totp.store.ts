import { and, eq, gt, inArray, isNull, lte, type SQLWrapper, sql } from 'drizzle-orm';
import type { Database } from '../../platform/database.js';
import type { StoredTotp } from './totp.model.js';
import { twoFactors } from './totp.table.js';

/** An unconfirmed setup expires after this time. */
const SETUP_LIFETIME = sql`interval '10 minutes'`;

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
   * Starts a setup, or replaces an unconfirmed setup. Never replaces a confirmed factor.
   * @returns the expiry of the setup; undefined if the factor is confirmed
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
   * Confirms a setup that has not expired, and consumes the time step of the code.
   * @returns whether a pending setup was found
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
   * Consumes a time step. Compares and sets it in one statement: of concurrent attempts with the same code,
   * one succeeds, and a code is refused after a newer code was used (RFC 6238 §5.2).
   */
  async claimStep(tx: Database, userId: string, step: number): Promise<boolean> {
    const rows = await tx
      .update(twoFactors)
      .set({ lastStep: step })
      // An unconfirmed setup is refused: its step is NULL, so the comparison is not true.
      .where(and(ofUser(userId), sql`${twoFactors.lastStep} < ${step}`))
      .returning({ userId: twoFactors.userId });
    return rows.length === 1;
  }

  /** Deletes the factor of a user, or an unconfirmed setup. */
  async delete(tx: Database, userId: string): Promise<void> {
    await tx.delete(twoFactors).where(ofUser(userId));
  }

  /**
   * Deletes expired setups, up to a limit. Skips rows that another transaction has locked.
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
