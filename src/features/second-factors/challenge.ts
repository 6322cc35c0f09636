import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import { redeemToken } from '../one-time-tokens/index.js';
import type { SecondFactorDeps } from './deps.js';
import type { FactorResponse } from './factor.model.js';
import { useFactor } from './use-factor.js';

/** Data of the first step that the second step needs. Stored unencrypted. */
export type ChallengePayload = Readonly<Record<string, string>>;

export interface Challenge {
  readonly challengeToken: string;
  readonly expiresAt: Date;
}

export interface RedeemedChallenge {
  /** Locked until the transaction ends. */
  readonly user: User;
  readonly payload: ChallengePayload;
  /** The `amr` value of the factor that was proven. */
  readonly amr: string;
}

/** Issues a token that only `redeemChallenge` accepts. It replaces the user's previous challenge. */
export async function issueChallenge(
  { tokens }: SecondFactorDeps,
  tx: Database,
  userId: string,
  payload: ChallengePayload,
): Promise<Challenge> {
  const { token, expiresAt } = await tokens.issueWithExpiry(tx, 'CHALLENGE', userId, { payload });
  return { challengeToken: token, expiresAt };
}

/**
 * Verifies the response to a challenge. `finish` runs in the transaction that consumes the response and the
 * challenge.
 * @throws AuthError TOKEN_INVALID, also after five tries with one challenge
 * @throws AuthError INVALID_TWO_FACTOR_CODE; the challenge stays valid
 * @throws AuthError ACCOUNT_LOCKED with `retryAfter` while the second factor of the user is locked
 */
export async function redeemChallenge<T>(
  deps: SecondFactorDeps,
  actor: Actor,
  challengeToken: string,
  response: FactorResponse,
  finish: (tx: Database, redeemed: RedeemedChallenge) => Promise<T>,
): Promise<T> {
  const { userId } = await deps.tokens.countAttempt('CHALLENGE', challengeToken);
  let payload: ChallengePayload = {};
  const lock = async (tx: Database) => {
    const redeemed = await redeemToken(deps, tx, 'CHALLENGE', challengeToken);
    payload = redeemed.payload;
    return redeemed.user;
  };
  try {
    return await useFactor(deps, actor, { userId, lock }, response, (tx, { user, factor }) =>
      finish(tx, { user, payload, amr: factor.amr }),
    );
  } catch (error) {
    // The second factor was removed after the challenge was issued.
    const isRemoved = error instanceof AuthError && error.code === AuthErrorCode.TWO_FACTOR_NOT_ENABLED;
    throw isRemoved ? new AuthError(AuthErrorCode.TOKEN_INVALID) : error;
  }
}
