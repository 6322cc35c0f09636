import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { RequestOrigin } from '../../platform/principal.js';
import type { User } from '../accounts/index.js';
import { redeemToken } from '../one-time-tokens/index.js';
import type { TwoFactorDeps } from './deps.js';
import { spendCode } from './spend-code.js';
import type { TwoFactorMethod } from './typed-code.js';

/** What a challenge was issued with, and how it was met. */
export interface Redeemed {
  /** Locked until the transaction ends. */
  readonly user: User;
  readonly payload: Readonly<Record<string, string>>;
  readonly method: TwoFactorMethod;
}

/**
 * Meets a challenge: `finish` runs in the transaction that uses up both the code and the challenge.
 * @throws AuthError TOKEN_INVALID, also after five tries with one challenge
 * @throws AuthError INVALID_TWO_FACTOR_CODE; the challenge can be tried again
 * @throws AuthError ACCOUNT_LOCKED with `retryAfter` while the user's second factor is closed
 */
export async function redeemChallenge<T>(
  deps: TwoFactorDeps,
  challengeToken: string,
  code: string,
  client: RequestOrigin,
  finish: (tx: Database, redeemed: Redeemed) => Promise<T>,
): Promise<T> {
  const { userId } = await deps.tokens.countTry('CHALLENGE', challengeToken);
  try {
    let payload: Redeemed['payload'] = {};
    const lock = async (tx: Database) => {
      const redeemed = await redeemToken(deps, tx, 'CHALLENGE', challengeToken);
      payload = redeemed.payload;
      return redeemed.user;
    };
    return await spendCode(deps, { userId, signedIn: false, lock, code, client }, (tx, { user, method }) =>
      finish(tx, { user, payload, method }),
    );
  } catch (error) {
    const isOff = error instanceof AuthError && error.code === AuthErrorCode.TWO_FACTOR_NOT_ENABLED;
    // Switched off since the password was checked: there is nothing left to be challenged for.
    throw isOff ? new AuthError(AuthErrorCode.TOKEN_INVALID) : error;
  }
}
