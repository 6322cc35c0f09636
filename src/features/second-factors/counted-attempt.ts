import { recordAudit } from '../../audit/index.js';
import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import type { AttemptStore } from './attempts.store.js';
import type { SecondFactorDeps } from './deps.js';

/** An attempt of a user to prove a second factor. */
export interface Attempt {
  readonly userId: string;
  /**
   * Locks the user, and checks again that the attempt is allowed. Runs first in the transaction.
   * @throws AuthError
   */
  lock(tx: Database): Promise<User>;
  /** Counts the attempt. By default the counter of second factors. */
  readonly counter?: AttemptStore;
}

/**
 * Counts an attempt, then runs `work` in a transaction. `work` checks the response and performs the
 * operation.
 *
 * Attack: if failures are counted after the check, or in the transaction that fails, an attacker sends fifty
 * guesses at the same time, or one guess to each of fifty challenges. So the attempt is counted first,
 * outside the transaction. Five failures within 15 minutes lock the second factor for 15 minutes, across all
 * challenges and operations (ASVS 6.3.1, 6.5.5). The count is undone unless the response was wrong.
 *
 * @throws AuthError ACCOUNT_LOCKED with `retryAfter` while the second factor is locked
 * @throws AuthError INVALID_TWO_FACTOR_CODE if `work` throws it because the response was wrong
 */
export async function runCountedAttempt<T>(
  deps: Pick<SecondFactorDeps, 'db' | 'attempts'>,
  actor: Actor,
  { userId, lock, counter = deps.attempts }: Attempt,
  work: (tx: Database, user: User) => Promise<T>,
): Promise<T> {
  const retryAfter = await counter.count(userId);
  if (retryAfter !== undefined) throw new AuthError(AuthErrorCode.ACCOUNT_LOCKED, { retryAfter });
  try {
    return await deps.db.transaction(async (tx) => {
      const result = await work(tx, await lock(tx));
      await counter.clear(tx, userId);
      return result;
    });
  } catch (error) {
    // Not recorded in the transaction, because it was rolled back.
    if (isWrongCode(error))
      await recordAudit(deps.db, actor, { type: 'TWO_FACTOR_FAILED', subjectId: userId });
    else await counter.undoCount(userId);
    throw error;
  }
}

function isWrongCode(error: unknown): boolean {
  return error instanceof AuthError && error.code === AuthErrorCode.INVALID_TWO_FACTOR_CODE;
}
