import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import { type Attempt, runCountedAttempt } from './counted-attempt.js';
import type { SecondFactorDeps } from './deps.js';
import type { Factor, FactorResponse, TwoFactorMethod } from './factor.model.js';

export interface ProvenFactor {
  /** Locked until the transaction ends. */
  readonly user: User;
  readonly factor: Factor;
}

/**
 * Verifies a response and runs `effect` in the same transaction. If the operation fails, the response is not
 * consumed.
 * @throws AuthError INVALID_TWO_FACTOR_CODE, also for a response that was used before
 * @throws AuthError ACCOUNT_LOCKED with `retryAfter` while the second factor is locked
 * @throws AuthError TWO_FACTOR_NOT_ENABLED
 */
export function useFactor<T>(
  deps: SecondFactorDeps,
  actor: Actor,
  attempt: Attempt,
  response: FactorResponse,
  effect: (tx: Database, proven: ProvenFactor) => Promise<T>,
): Promise<T> {
  const { factors } = deps.registered();
  return runCountedAttempt(deps, actor, attempt, async (tx, user) => {
    if ((await enabledFactors(factors, tx, user.id)).length === 0) {
      throw new AuthError(AuthErrorCode.TWO_FACTOR_NOT_ENABLED);
    }
    const factor = factors.find((candidate) => candidate.accepts(response));
    if (!(await factor?.verify(tx, actor, user.id, response)) || factor === undefined) {
      throw new AuthError(AuthErrorCode.INVALID_TWO_FACTOR_CODE);
    }
    return effect(tx, { user, factor });
  });
}

/** The methods by which a user can prove the second factor. Empty if no factor is enabled. */
export async function methodsOf(
  factors: readonly Factor[],
  tx: Database,
  userId: string,
): Promise<TwoFactorMethod[]> {
  const enabled = await enabledFactors(factors, tx, userId);
  if (enabled.length === 0) return [];
  const alternatives = factors.filter((factor) => factor.enabledFor === undefined);
  const offered = [...enabled, ...(await filterOffered(alternatives, tx, userId))];
  return offered.map(({ method }) => method);
}

/** The enabled factors of a user, because of which a sign-in needs a second factor. */
function enabledFactors(factors: readonly Factor[], tx: Database, userId: string): Promise<Factor[]> {
  return filterOffered(
    factors.filter((factor) => factor.enabledFor !== undefined),
    tx,
    userId,
  );
}

async function filterOffered(factors: readonly Factor[], tx: Database, userId: string): Promise<Factor[]> {
  const offered: Factor[] = [];
  // Sequential, because a transaction has only one connection.
  for (const factor of factors) if (await factor.offered(tx, userId)) offered.push(factor);
  return offered;
}
