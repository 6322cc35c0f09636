import { and, eq, exists, gt, isNotNull, isNull, lte, or, sql } from 'drizzle-orm';
import { batched } from '../../platform/batch.js';
import { type Database, deleteInBatches } from '../../platform/database.js';
import { recoveryCodes, twoFactors } from './two-factor.table.js';

/** So many failures within the window close the second factor for as long. */
const MAX_FAILURES = 5;
const WINDOW = sql`interval '15 minutes'`;
/** Within it a setup has to be confirmed. */
const SETUP_LIFE = sql`interval '10 minutes'`;

export interface Factor {
  readonly sealedSecret: string;
  /** `PENDING`: set up, neither confirmed nor lapsed. `LAPSED` ones are waiting for the job. */
  readonly state: 'CONFIRMED' | 'PENDING' | 'LAPSED';
}

/** What came of counting an attempt; one that is not counted must not be checked. */
export type Attempt =
  | { readonly counted: true }
  /** With the seconds until the next one may be made; without them there is no second factor. */
  | { readonly counted: false; readonly retryAfter: number | undefined };

const ofUser = (userId: string) => eq(twoFactors.userId, userId);

/** Second factors and their recovery codes. */
export class TwoFactorStore {
  readonly #confirmed: (userId: string) => Promise<boolean | null>;

  constructor(readonly db: Database) {
    const confirmedAmong = db
      .select({ userId: twoFactors.userId })
      .from(twoFactors)
      .where(
        and(
          sql`${twoFactors.userId} = ANY(${sql.placeholder('ids')}::uuid[])`,
          isNotNull(twoFactors.confirmedAt),
        ),
      )
      .prepare('two_factors_confirmed_among');
    this.#confirmed = batched(async (ids) => {
      const rows = await confirmedAmong.execute({ ids: `{${ids.join(',')}}` });
      return new Map(rows.map((row) => [row.userId, true]));
    });
  }

  /** Whether a user has a confirmed factor; reads that come together share one statement. */
  async isEnabled(userId: string): Promise<boolean> {
    return (await this.#confirmed(userId)) ?? false;
  }

  async find(tx: Database, userId: string): Promise<Factor | undefined> {
    const [row] = await tx
      .select({
        sealedSecret: twoFactors.sealedSecret,
        state: sql<Factor['state']>`CASE WHEN ${twoFactors.confirmedAt} IS NOT NULL THEN 'CONFIRMED'
          WHEN ${twoFactors.expiresAt} > now() THEN 'PENDING' ELSE 'LAPSED' END`,
      })
      .from(twoFactors)
      .where(ofUser(userId));
    return row;
  }

  /** How many recovery codes are left to a confirmed factor; undefined where there is none. */
  async countRecoveryCodes(tx: Database, userId: string): Promise<number | undefined> {
    const [row] = await tx
      .select({ left: sql<number>`count(${recoveryCodes.hash})::integer` })
      .from(twoFactors)
      .leftJoin(recoveryCodes, eq(recoveryCodes.userId, twoFactors.userId))
      .where(and(ofUser(userId), isNotNull(twoFactors.confirmedAt)))
      .groupBy(twoFactors.userId);
    return row?.left;
  }

  /**
   * Starts a setup or replaces one that waits, never a confirmed factor. What was counted stays counted.
   * @returns when it lapses; undefined where the factor is confirmed
   */
  async startUnlessConfirmed(tx: Database, userId: string, sealedSecret: string): Promise<Date | undefined> {
    const setup = { sealedSecret, createdAt: sql`now()`, expiresAt: sql`now() + ${SETUP_LIFE}` };
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

  /** Makes a factor of a setup that has not lapsed; the code's step is used with it. Whether there was one. */
  async confirmWithStep(tx: Database, userId: string, step: number): Promise<boolean> {
    const rows = await tx
      .update(twoFactors)
      .set({ confirmedAt: sql`now()`, expiresAt: null, lastStep: step })
      .where(and(ofUser(userId), isNull(twoFactors.confirmedAt), gt(twoFactors.expiresAt, sql`now()`)))
      .returning({ userId: twoFactors.userId });
    return rows.length === 1;
  }

  /**
   * Uses a time step up, compared and set in one statement: of many at once with one code one succeeds, and no
   * older code works after a newer one (RFC 6238 §5.2).
   */
  async claimStep(tx: Database, userId: string, step: number): Promise<boolean> {
    const rows = await tx
      .update(twoFactors)
      .set({ lastStep: step })
      // Without a step there is no confirmed factor: the comparison with NULL refuses it.
      .where(and(ofUser(userId), sql`${twoFactors.lastStep} < ${step}`))
      .returning({ userId: twoFactors.userId });
    return rows.length === 1;
  }

  /** Uses a recovery code of a confirmed factor up: of many at once one gets the row. */
  async consumeRecoveryCode(tx: Database, userId: string, hash: Buffer): Promise<boolean> {
    const confirmed = tx
      .select({ userId: twoFactors.userId })
      .from(twoFactors)
      .where(and(ofUser(userId), isNotNull(twoFactors.confirmedAt)));
    const rows = await tx
      .delete(recoveryCodes)
      .where(and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.hash, hash), exists(confirmed)))
      .returning({ userId: recoveryCodes.userId });
    return rows.length === 1;
  }

  /** Voids the codes that are left and puts others in their place. */
  async replaceRecoveryCodes(tx: Database, userId: string, hashes: readonly Buffer[]): Promise<void> {
    await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
    await tx.insert(recoveryCodes).values(hashes.map((hash) => ({ userId, hash })));
  }

  /** Removes the factor with its recovery codes, or a setup. Whether it was a confirmed factor. */
  async remove(tx: Database, userId: string): Promise<boolean> {
    const [removed] = await tx
      .delete(twoFactors)
      .where(ofUser(userId))
      .returning({ confirmedAt: twoFactors.confirmedAt });
    return removed?.confirmedAt != null;
  }

  /**
   * Counts an attempt before its code is checked, apart from every transaction, so that nothing that fails
   * later takes the count back. One statement: of 50 at once five are counted, and the rest find it closed.
   */
  async countAttempt(userId: string): Promise<Attempt> {
    const { failures, firstFailureAt, closedUntil } = twoFactors;
    // NULLs (nothing counted, not closed) make the comparisons NULL, which counts as false.
    const isOver = sql`(${firstFailureAt} <= now() - ${WINDOW} OR ${closedUntil} <= now())`;
    const counted = sql`(CASE WHEN ${isOver} THEN 1 ELSE ${failures} + 1 END)`;
    const rows = await this.db
      .update(twoFactors)
      .set({
        failures: counted,
        firstFailureAt: sql`CASE WHEN ${isOver} THEN now() ELSE coalesce(${firstFailureAt}, now()) END`,
        closedUntil: sql`CASE WHEN ${counted} >= ${MAX_FAILURES} THEN now() + ${WINDOW} END`,
      })
      .where(and(ofUser(userId), or(isNull(closedUntil), lte(closedUntil, sql`now()`))))
      .returning({ userId: twoFactors.userId });
    return rows.length === 1
      ? { counted: true }
      : { counted: false, retryAfter: await this.#secondsClosed(userId) };
  }

  /** Takes back the count of an attempt whose code was not found wrong. */
  async giveBackAttempt(userId: string): Promise<void> {
    const { failures, firstFailureAt } = twoFactors;
    await this.db
      .update(twoFactors)
      .set({
        failures: sql`${failures} - 1`,
        firstFailureAt: sql`CASE WHEN ${failures} > 1 THEN ${firstFailureAt} END`,
        closedUntil: null,
      })
      .where(and(ofUser(userId), gt(failures, 0)));
  }

  /** Forgets the failures: all factors have passed. */
  async clearAttempts(tx: Database, userId: string): Promise<void> {
    await tx
      .update(twoFactors)
      .set({ failures: 0, firstFailureAt: null, closedUntil: null })
      .where(ofUser(userId));
  }

  /** Removes setups that nobody confirmed in time, never a confirmed factor. */
  async deleteLapsed(): Promise<void> {
    const hasLapsed = and(isNull(twoFactors.confirmedAt), lte(twoFactors.expiresAt, sql`now()`));
    await deleteInBatches(this.db, twoFactors, hasLapsed);
  }

  /** Whole seconds until a code may be tried again, one at least; undefined where there is no factor. */
  async #secondsClosed(userId: string): Promise<number | undefined> {
    const [row] = await this.db
      .select({
        seconds: sql<number>`greatest(1, ceil(extract(epoch FROM ${twoFactors.closedUntil} - now())))::integer`,
      })
      .from(twoFactors)
      .where(ofUser(userId));
    return row?.seconds;
  }
}
