import { recordAudit } from '../../audit/index.js';
import type { SignedInActor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import type { User } from '../accounts/index.js';
import { type Confirmation, confirmBothFactors } from './confirm-both-factors.js';
import type { SecondFactorDeps } from './deps.js';

/**
 * Removes all second factors of the actor, and notifies the actor by mail.
 * @throws AuthError as `confirmBothFactors`
 */
export function disable(
  deps: SecondFactorDeps,
  actor: SignedInActor,
  confirmation: Confirmation,
): Promise<User> {
  return confirmBothFactors(deps, actor, confirmation, async (tx, { user }) => {
    await removeFactors(deps, tx, user.id);
    await recordAudit(tx, actor, { type: 'TWO_FACTOR_DISABLED', subjectId: user.id });
    await deps.notices.send(tx, actor, user, 'two-factor-disabled', {});
    return user;
  });
}

/**
 * Removes all second factors of a user, including unconfirmed setups. The caller has locked the user.
 * @returns whether a factor was enabled
 */
export async function removeFactors(deps: SecondFactorDeps, tx: Database, userId: string): Promise<boolean> {
  const { factors } = deps.registered();
  let wasEnabled = false;
  for (const factor of factors) {
    if (factor.enabledFor !== undefined && (await factor.offered(tx, userId))) wasEnabled = true;
    await factor.remove(tx, userId);
  }
  // A lock belongs to the removed factors. It must not keep the user from setting up another one.
  await deps.attempts.clear(tx, userId);
  return wasEnabled;
}
