import type { SignedInActor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import type { SecondFactorDeps } from './deps.js';
import type { FactorResponse } from './factor.model.js';
import { type Proven, useFactor } from './use-factor.js';

export interface Confirmation extends FactorResponse {
  readonly password: string;
}

/**
 * Asks a signed-in user for both factors again, and runs `effect` in the transaction that uses up the response. So
 * neither a stolen access token nor a stolen password changes the second factor (ASVS 7.5.1).
 * @throws AuthError TWO_FACTOR_NOT_ENABLED, INVALID_TWO_FACTOR_CODE, ACCOUNT_LOCKED, or an error of the password check
 */
export async function confirmBothFactors<T>(
  deps: SecondFactorDeps,
  actor: SignedInActor,
  { password, ...response }: Confirmation,
  effect: (tx: Database, proven: Proven) => Promise<T>,
): Promise<T> {
  const { lock } = await deps.passwords.confirm(actor, password);
  return useFactor(deps, actor, { userId: actor.userId, lock }, response, effect);
}
