import { recordAudit } from '../../audit/index.js';
import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import type { SecondFactorDeps } from './deps.js';

/** An attempt of a user to prove a second factor. */
export interface Attempt {
  readonly userId: string;
  /**
   * Locks the user, and checks again that the attempt is allowed. Runs first in the transaction.
   * @throws AuthError
   */
  lock(tx: Database): Promise<User>;
}

/**
 * Runs the transaction that checks a response and does the operation which the response is for.
 *
 * Attack: fifty guesses at once, or one guess at each of fifty challenges, if failures are counted after the check or
 * in the transaction that fails. So the attempt is counted first, outside of the transaction. Five failures within 15
 * minutes lock the second factor for 15 minutes, over all challenges and operations (ASVS 6.3.1, 6.5.5). The count is
 * taken back if the response was not found wrong.
 *
 * @throws AuthError ACCOUNT_LOCKED with `retryAfter` while the second factor is locked
 * @throws AuthError INVALID_TWO_FACTOR_CODE if `work` throws it, which says that the response was wrong
 */
export async function countedAttempt<T>(
  { db, attempts }: Pick<SecondFactorDeps, 'db' | 'attempts'>,
  actor: Actor,
  { userId, lock }: Attempt,
  work: (tx: Database, user: User) => Promise<T>,
): Promise<T> {
  const retryAfter = await attempts.count(userId);
  if (retryAfter !== undefined) throw new AuthError(AuthErrorCode.ACCOUNT_LOCKED, { retryAfter });
  try {
    return await db.transaction(async (tx) => {
      const result = await work(tx, await lock(tx));
      await attempts.clear(tx, userId);
      return result;
    });
  } catch (error) {
    // Outside of the transaction, which has been rolled back.
    if (isWrongCode(error)) await recordAudit(db, actor, { type: 'TWO_FACTOR_FAILED', subjectId: userId });
    else await attempts.takeBack(userId);
    throw error;
  }
}

function isWrongCode(error: unknown): boolean {
  return error instanceof AuthError && error.code === AuthErrorCode.INVALID_TWO_FACTOR_CODE;
}
