import { recordAudit } from '../../audit/index.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { Principal, RequestOrigin } from '../../platform/principal.js';
import type { User } from '../accounts/index.js';
import { countedAttempt } from './counted-attempt.js';
import type { TwoFactorDeps } from './deps.js';
import { openSecret } from './sealed-secret.js';
import { tellOwner } from './tell-owner.js';
import { stepOf } from './totp.js';
import type { Factor } from './two-factor.store.js';
import { readCode } from './typed-code.js';

/**
 * Confirms the setup that waits by a code of it, which is thereby used. From here on sign-ins ask for one.
 * @throws AuthError INVALID_TWO_FACTOR_CODE, TWO_FACTOR_ALREADY_ENABLED, ACCOUNT_LOCKED, UNAUTHENTICATED;
 *   TWO_FACTOR_NOT_ENABLED where no setup waits
 */
export async function enable(
  deps: TwoFactorDeps,
  caller: Principal,
  code: string,
  client: RequestOrigin,
): Promise<User> {
  const { userId } = caller;
  const lock = (tx: Database) => deps.sessions.lockCaller(tx, caller);
  await findWaiting(deps, deps.db, userId);
  return countedAttempt(deps, { userId, signedIn: true, lock, code, client }, async (tx, user) => {
    const { sealedSecret } = await findWaiting(deps, tx, userId);
    const step = matchingStep(deps, userId, sealedSecret, code);
    if (step === undefined) throw new AuthError(AuthErrorCode.INVALID_TWO_FACTOR_CODE);
    const isConfirmed = await deps.store.confirmWithStep(tx, userId, step);
    if (!isConfirmed) throw new AuthError(AuthErrorCode.TWO_FACTOR_NOT_ENABLED);
    await recordAudit(tx, { type: 'TWO_FACTOR_ENABLED', actorId: userId, subjectId: userId, client });
    await tellOwner(deps, tx, 'two-factor-setup', user, client);
    return user;
  });
}

async function findWaiting({ store }: TwoFactorDeps, tx: Database, userId: string): Promise<Factor> {
  const factor = await store.find(tx, userId);
  if (factor?.state === 'CONFIRMED') throw new AuthError(AuthErrorCode.TWO_FACTOR_ALREADY_ENABLED);
  if (factor?.state !== 'PENDING') throw new AuthError(AuthErrorCode.TWO_FACTOR_NOT_ENABLED);
  return factor;
}

/** Recovery codes prove nothing here: it is the authenticator app that has to be shown to work. */
function matchingStep({ cipher, clock }: TwoFactorDeps, userId: string, sealed: string, code: string) {
  const typed = readCode(code);
  if (typed?.method !== 'TOTP') return undefined;
  return stepOf(typed.digits, openSecret(cipher, userId, sealed), clock.now());
}
