import { recordAudit } from '../../audit/index.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { RequestOrigin } from '../../platform/principal.js';
import type { User } from '../accounts/index.js';
import type { TwoFactorDeps } from './deps.js';

/** Who tries a code, and how. */
export interface Attempt {
  readonly userId: string;
  /**
   * Locks the user, and checks again what allows the attempt; the first thing in the transaction.
   * @throws AuthError
   */
  lock(tx: Database): Promise<User>;
  /** True where the user is signed in already. */
  readonly signedIn: boolean;
  readonly code: string;
  readonly client: RequestOrigin;
}

/**
 * Runs the transaction that checks a code and does what it is for.
 *
 * Attack: fifty guesses at once, or one from each of fifty challenges, where the failures are counted after the
 * check or within the transaction that fails. So the attempt is counted first and on its own; five within 15
 * minutes close the second factor for 15 minutes, over all challenges and operations (ASVS 6.3.1, 6.5.5). The
 * count is taken back where the code turned out right, or was never compared.
 *
 * @throws AuthError ACCOUNT_LOCKED with `retryAfter` while the second factor is closed
 * @throws AuthError TWO_FACTOR_NOT_ENABLED where the user has none
 * @throws AuthError INVALID_TWO_FACTOR_CODE as thrown by `work`, which thereby says that the code was wrong
 */
export async function countedAttempt<T>(
  deps: TwoFactorDeps,
  attempt: Attempt,
  work: (tx: Database, user: User) => Promise<T>,
): Promise<T> {
  const { userId } = attempt;
  await count(deps, userId);
  try {
    return await deps.db.transaction(async (tx) => {
      const result = await work(tx, await attempt.lock(tx));
      await deps.store.clearAttempts(tx, userId);
      return result;
    });
  } catch (error) {
    if (isWrongCode(error)) await auditFailure(deps, attempt);
    else await deps.store.giveBackAttempt(userId);
    throw error;
  }
}

async function count({ store }: TwoFactorDeps, userId: string): Promise<void> {
  const attempt = await store.countAttempt(userId);
  if (attempt.counted) return;
  const { retryAfter } = attempt;
  if (retryAfter === undefined) throw new AuthError(AuthErrorCode.TWO_FACTOR_NOT_ENABLED);
  throw new AuthError(AuthErrorCode.ACCOUNT_LOCKED, { retryAfter });
}

function isWrongCode(error: unknown): boolean {
  return error instanceof AuthError && error.code === AuthErrorCode.INVALID_TWO_FACTOR_CODE;
}

/** On its own: the transaction that failed would take it along. */
async function auditFailure({ db }: TwoFactorDeps, { userId, signedIn, client }: Attempt): Promise<void> {
  const actorId = signedIn ? userId : undefined;
  await recordAudit(db, { type: 'TWO_FACTOR_FAILED', actorId, subjectId: userId, client });
}
