import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode, type ReauthenticationMethod } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import { type Attempt, runCountedAttempt } from './counted-attempt.js';
import type { SecondFactorDeps } from './deps.js';
import type { Factor, FactorResponse } from './factor.model.js';

export interface FactorAttempt extends Attempt {
  /**
   * True if a signed-in user authenticates again. A factor with which the user can sign in is then enough, even if no
   * second factor is enabled.
   */
  readonly isAlone?: boolean;
}

export interface ProvenFactor {
  /** Locked until the transaction ends. */
  readonly user: User;
  readonly factor: Factor;
}

/**
 * Verifies a response and runs `effect` in the same transaction. If the operation fails, the response is not
 * consumed.
 * @throws AuthError INVALID_TWO_FACTOR_CODE, also for a response that was used before
 * @throws AuthError ACCOUNT_LOCKED with `retryAfter` after too many wrong responses
 * @throws AuthError TWO_FACTOR_NOT_ENABLED
 */
export function useFactor<T>(
  deps: SecondFactorDeps,
  actor: Actor,
  attempt: FactorAttempt,
  response: FactorResponse,
  effect: (tx: Database, proven: ProvenFactor) => Promise<T>,
): Promise<T> {
  const { factors } = deps.registered();
  const counter = attempt.isAlone ? deps.reauthenticationAttempts : deps.attempts;
  return runCountedAttempt(deps, actor, { ...attempt, counter }, async (tx, user) => {
    const factor = factors.find((candidate) => candidate.accepts(response));
    const isEnough = attempt.isAlone === true && factor?.isSignInMethod === true;
    if (!isEnough && (await enabledFactors(factors, tx, user.id)).length === 0) {
      throw new AuthError(AuthErrorCode.TWO_FACTOR_NOT_ENABLED);
    }
    if (!(await factor?.verify(tx, actor, user.id, response)) || factor === undefined) {
      throw new AuthError(AuthErrorCode.INVALID_TWO_FACTOR_CODE);
    }
    return effect(tx, { user, factor });
  });
}

/** The factors by which a user can answer a challenge. Empty if no factor is enabled. */
export async function offeredFactors(
  factors: readonly Factor[],
  tx: Database,
  userId: string,
): Promise<Factor[]> {
  const enabled = await enabledFactors(factors, tx, userId);
  if (enabled.length === 0) return [];
  const alternatives = factors.filter((factor) => factor.enabledFor === undefined);
  return [...enabled, ...(await filterOffered(alternatives, tx, userId))];
}

/** The ways in which a user can authenticate again by a factor alone. */
export async function reauthenticationMethods(
  factors: readonly Factor[],
  tx: Database,
  userId: string,
): Promise<ReauthenticationMethod[]> {
  const offered = await filterOffered(factors, tx, userId);
  return offered.flatMap(({ reauthenticates }) => reauthenticates ?? []);
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
