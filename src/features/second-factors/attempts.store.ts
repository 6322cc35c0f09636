import { and, eq, gt, isNull, lte, or, sql } from 'drizzle-orm';
import { type Database, deleteInBatches } from '../../platform/database.js';
import { reauthenticationAttempts, secondFactorAttempts } from './attempts.table.js';

/** This many failures within the window lock the second factor. The lock lasts as long as the window. */
const MAX_FAILURES = 5;
const WINDOW = sql`interval '15 minutes'`;

/** Counts the attempts of each user, across all challenges and operations that share the table. */
export class AttemptStore {
  readonly table;

  constructor(
    readonly db: Database,
    counted: 'second factors' | 'reauthentications',
  ) {
    this.table = counted === 'second factors' ? secondFactorAttempts : reauthenticationAttempts;
  }

  /**
   * Counts an attempt before its response is checked. It runs outside any transaction, so a rollback does not
   * undo the count. It is one statement: of 50 concurrent attempts, five are counted and the others are
   * locked out.
   * @returns undefined if the attempt was counted; otherwise the seconds until the lock ends, at least 1
   */
  async count(userId: string): Promise<number | undefined> {
    const attempts = this.table;
    // If `lockedUntil` is NULL, the comparison is NULL, which CASE treats as false.
    const isOver = sql`(${attempts.attempts} = 0 OR ${attempts.firstAt} <= now() - ${WINDOW} OR ${attempts.lockedUntil} <= now())`;
    const counted = sql`(CASE WHEN ${isOver} THEN 1 ELSE ${attempts.attempts} + 1 END)`;
    const rows = await this.db
      .insert(attempts)
      .values({ userId, attempts: 1, firstAt: sql`now()` })
      .onConflictDoUpdate({
        target: attempts.userId,
        set: {
          attempts: counted,
          firstAt: sql`CASE WHEN ${isOver} THEN now() ELSE ${attempts.firstAt} END`,
          lockedUntil: sql`CASE WHEN ${counted} >= ${MAX_FAILURES} THEN now() + ${WINDOW} END`,
        },
        setWhere: or(isNull(attempts.lockedUntil), lte(attempts.lockedUntil, sql`now()`)),
      })
      .returning({ userId: attempts.userId });
    return rows.length === 1 ? undefined : this.#secondsLocked(userId);
  }

  /** Undoes `count` for an attempt that did not fail because of a wrong response. */
  async undoCount(userId: string): Promise<void> {
    const attempts = this.table;
    await this.db
      .update(attempts)
      .set({ attempts: sql`${attempts.attempts} - 1`, lockedUntil: null })
      .where(and(eq(attempts.userId, userId), gt(attempts.attempts, 0)));
  }

  /** Resets the counter after a success. */
  async clear(tx: Database, userId: string): Promise<void> {
    await tx.delete(this.table).where(eq(this.table.userId, userId));
  }

  /** Deletes counters whose window and lock have expired. */
  async deleteOld(): Promise<void> {
    const attempts = this.table;
    const isOld = and(
      lte(attempts.firstAt, sql`now() - ${WINDOW}`),
      or(isNull(attempts.lockedUntil), lte(attempts.lockedUntil, sql`now()`)),
    );
    await deleteInBatches(this.db, attempts, isOld);
  }

  async #secondsLocked(userId: string): Promise<number> {
    const attempts = this.table;
    const [row] = await this.db
      .select({
        seconds: sql<number>`greatest(1, ceil(extract(epoch FROM ${attempts.lockedUntil} - now())))::integer`,
      })
      .from(attempts)
      .where(eq(attempts.userId, userId));
    return row?.seconds ?? 1;
  }
}
