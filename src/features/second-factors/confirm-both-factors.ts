import type { SignedInActor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import type { TypedPassword } from '../passwords/index.js';
import type { SecondFactorDeps } from './deps.js';
import type { FactorResponse } from './factor.model.js';
import { type ProvenFactor, useFactor } from './use-factor.js';

export interface Confirmation extends FactorResponse {
  readonly password?: TypedPassword;
}

/**
 * Checks both factors of a signed-in user again (ASVS 7.5.1), and runs `effect` in the transaction that
 * consumes the response. A stolen access token or a stolen password alone cannot change the second factor.
 * @throws AuthError TWO_FACTOR_NOT_ENABLED, INVALID_TWO_FACTOR_CODE, ACCOUNT_LOCKED, or an error of the
 *   password check
 */
export async function confirmBothFactors<T>(
  deps: SecondFactorDeps,
  actor: SignedInActor,
  { password, ...response }: Confirmation,
  effect: (tx: Database, proven: ProvenFactor) => Promise<T>,
): Promise<T> {
  const { lock } = await deps.passwords.confirm(actor, password);
  return useFactor(deps, actor, { userId: actor.userId, lock }, response, effect);
}
