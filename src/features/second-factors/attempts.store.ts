import { and, eq, gt, isNull, lte, or, sql } from 'drizzle-orm';
import { type Database, deleteInBatches } from '../../platform/database.js';
import { secondFactorAttempts as attempts } from './attempts.table.js';

/** Failures within the window that lock the second factor, for as long as the window. */
const MAX_FAILURES = 5;
const WINDOW = sql`interval '15 minutes'`;

/** Counts attempts by user, over all challenges and operations. */
export class AttemptStore {
  constructor(readonly db: Database) {}

  /**
   * Counts an attempt before its response is checked, outside of every transaction, so that no rollback takes the
   * count back. It is one statement: of 50 attempts at once, five are counted and the others find a lock.
   * @returns undefined if the attempt was counted; otherwise the seconds until the lock ends, at least 1
   */
  async count(userId: string): Promise<number | undefined> {
    // A lock that is NULL makes the comparison NULL, which counts as false.
    const isOver = sql`(${attempts.firstAt} <= now() - ${WINDOW} OR ${attempts.lockedUntil} <= now())`;
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

  /** Takes the count of an attempt back, because its response was not found wrong. */
  async takeBack(userId: string): Promise<void> {
    await this.db.delete(attempts).where(and(eq(attempts.userId, userId), lte(attempts.attempts, 1)));
    await this.db
      .update(attempts)
      .set({ attempts: sql`${attempts.attempts} - 1`, lockedUntil: null })
      .where(and(eq(attempts.userId, userId), gt(attempts.attempts, 1)));
  }

  /** Forgets the attempts after a success. */
  async clear(tx: Database, userId: string): Promise<void> {
    await tx.delete(attempts).where(eq(attempts.userId, userId));
  }

  /** Deletes the attempts that no longer count. */
  async deleteOld(): Promise<void> {
    const isOld = and(
      lte(attempts.firstAt, sql`now() - ${WINDOW}`),
      or(isNull(attempts.lockedUntil), lte(attempts.lockedUntil, sql`now()`)),
    );
    await deleteInBatches(this.db, attempts, isOld);
  }

  async #secondsLocked(userId: string): Promise<number> {
    const [row] = await this.db
      .select({
        seconds: sql<number>`greatest(1, ceil(extract(epoch FROM ${attempts.lockedUntil} - now())))::integer`,
      })
      .from(attempts)
      .where(eq(attempts.userId, userId));
    return row?.seconds ?? 1;
  }
}
