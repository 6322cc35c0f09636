import { recordAudit } from '../../audit/index.js';
import type { SignedInActor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import type { User } from '../accounts/index.js';
import { type Confirmation, confirmBothFactors } from './confirm-both-factors.js';
import type { SecondFactorDeps } from './deps.js';
import type { Factor } from './factor.model.js';

/**
 * Removes the second factors of the actor, and notifies the actor by mail. Factors with which the actor can sign in stay.
 * @throws AuthError as `confirmBothFactors`
 */
export function disable(
  deps: SecondFactorDeps,
  actor: SignedInActor,
  confirmation: Confirmation,
): Promise<User> {
  return confirmBothFactors(deps, actor, confirmation, async (tx, { user }) => {
    await removeFactors(deps, tx, user.id, (factor) => factor.isSignInMethod !== true);
    await recordAudit(tx, actor, { type: 'TWO_FACTOR_DISABLED', subjectId: user.id });
    await deps.notices.send(tx, actor, user, 'two-factor-disabled', {});
    return user;
  });
}

/** The tokens of ceremonies that prove or add a factor. */
const CEREMONIES = ['CHALLENGE', 'PASSKEY_REGISTRATION', 'PASSKEY_REAUTHENTICATION'] as const;

/**
 * Removes all second factors of a user, including unconfirmed setups. The caller has locked the user.
 * @returns whether the user had a factor
 */
export async function removeFactors(
  deps: SecondFactorDeps,
  tx: Database,
  userId: string,
  isRemoved: (factor: Factor) => boolean = () => true,
): Promise<boolean> {
  let hadAny = false;
  for (const factor of deps.registered().factors.filter(isRemoved)) {
    if (await factor.remove(tx, userId)) hadAny = true;
  }
  // Attack: a registration that a thief has begun would add a passkey after an admin has removed all factors.
  await deps.tokens.invalidateAll(tx, userId, CEREMONIES);
  // A lock belongs to the removed factors. It must not keep the user from setting up another one.
  await deps.attempts.clear(tx, userId);
  await deps.reauthenticationAttempts.clear(tx, userId);
  return hadAny;
}
