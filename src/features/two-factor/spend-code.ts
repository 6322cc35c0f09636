import { recordAudit } from '../../audit/index.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import { type Attempt, countedAttempt } from './counted-attempt.js';
import type { TwoFactorDeps } from './deps.js';
import { openSecret } from './sealed-secret.js';
import { stepOf } from './totp.js';
import type { Factor } from './two-factor.store.js';
import { readCode, type TwoFactorMethod } from './typed-code.js';

export interface Spent {
  /** Locked until the transaction ends. */
  readonly user: User;
  readonly method: TwoFactorMethod;
}

/**
 * Uses up a code of a confirmed second factor together with what it is for: one transaction, so that neither is
 * there without the other.
 *
 * @throws AuthError INVALID_TWO_FACTOR_CODE, also for a code that was used before
 * @throws AuthError ACCOUNT_LOCKED with `retryAfter` while the second factor is closed
 * @throws AuthError TWO_FACTOR_NOT_ENABLED
 */
export function spendCode<T>(
  deps: TwoFactorDeps,
  attempt: Attempt,
  effect: (tx: Database, spent: Spent) => Promise<T>,
): Promise<T> {
  return countedAttempt(deps, attempt, async (tx, user) => {
    const factor = await deps.store.find(tx, user.id);
    if (factor?.state !== 'CONFIRMED') throw new AuthError(AuthErrorCode.TWO_FACTOR_NOT_ENABLED);
    const method = await consume(deps, tx, attempt, factor);
    if (method === undefined) throw new AuthError(AuthErrorCode.INVALID_TWO_FACTOR_CODE);
    return effect(tx, { user, method });
  });
}

/** Uses the code up, and says by which method it was right. */
async function consume(
  deps: TwoFactorDeps,
  tx: Database,
  attempt: Attempt,
  factor: Factor,
): Promise<TwoFactorMethod | undefined> {
  const typed = readCode(attempt.code);
  if (typed === undefined) return undefined;
  const isConsumed =
    typed.method === 'TOTP'
      ? await consumeTotp(deps, tx, attempt.userId, factor, typed.digits)
      : await consumeRecoveryCode(deps, tx, attempt, typed.hash);
  return isConsumed ? typed.method : undefined;
}

async function consumeTotp(
  { store, cipher, clock }: TwoFactorDeps,
  tx: Database,
  userId: string,
  { sealedSecret }: Factor,
  digits: string,
): Promise<boolean> {
  const step = stepOf(digits, openSecret(cipher, userId, sealedSecret), clock.now());
  return step !== undefined && (await store.claimStep(tx, userId, step));
}

async function consumeRecoveryCode(
  { store }: TwoFactorDeps,
  tx: Database,
  { userId, signedIn, client }: Attempt,
  hash: Buffer,
): Promise<boolean> {
  if (!(await store.consumeRecoveryCode(tx, userId, hash))) return false;
  const actorId = signedIn ? userId : undefined;
  await recordAudit(tx, { type: 'RECOVERY_CODE_USED', actorId, subjectId: userId, client });
  return true;
}
