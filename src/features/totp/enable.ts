import { recordAudit } from '../../audit/index.js';
import type { SignedInActor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import type { TotpDeps } from './deps.js';
import { openSecret } from './sealed-secret.js';
import { readCode, stepOf } from './totp.js';

/**
 * Confirms the pending setup with one of its codes, which is consumed. From then on, every sign-in needs a
 * code.
 * @throws AuthError INVALID_TWO_FACTOR_CODE, TWO_FACTOR_ALREADY_ENABLED, ACCOUNT_LOCKED, UNAUTHENTICATED;
 *   TWO_FACTOR_NOT_ENABLED if no setup is pending
 */
export async function enable(deps: TotpDeps, actor: SignedInActor, code: string): Promise<User> {
  const { userId } = actor;
  const lock = (tx: Database) => deps.sessions.lockCaller(tx, actor);
  await findPending(deps, deps.db, userId);
  return deps.secondFactors.runCountedAttempt(actor, { userId, lock }, async (tx, user) => {
    const sealedSecret = await findPending(deps, tx, userId);
    const step = matchingStep(deps, userId, sealedSecret, code);
    if (step === undefined) throw new AuthError(AuthErrorCode.INVALID_TWO_FACTOR_CODE);
    const isConfirmed = await deps.store.confirmWithStep(tx, userId, step);
    if (!isConfirmed) throw new AuthError(AuthErrorCode.TWO_FACTOR_NOT_ENABLED);
    await recordAudit(tx, actor, { type: 'TWO_FACTOR_ENABLED', subjectId: userId });
    await deps.notices.send(tx, actor, user, 'two-factor-setup', {});
    return user;
  });
}

async function findPending({ store }: TotpDeps, tx: Database, userId: string): Promise<string> {
  const totp = await store.find(tx, userId);
  if (totp?.state === 'CONFIRMED') throw new AuthError(AuthErrorCode.TWO_FACTOR_ALREADY_ENABLED);
  if (totp?.state !== 'PENDING') throw new AuthError(AuthErrorCode.TWO_FACTOR_NOT_ENABLED);
  return totp.sealedSecret;
}

/** Recovery codes are not accepted: the code has to prove that the authenticator app works. */
function matchingStep({ cipher, clock }: TotpDeps, userId: string, sealed: string, code: string) {
  const digits = readCode(code);
  return digits === undefined ? undefined : stepOf(digits, openSecret(cipher, userId, sealed), clock.now());
}
