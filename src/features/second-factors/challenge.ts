import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import { redeemToken } from '../one-time-tokens/index.js';
import type { SecondFactorDeps } from './deps.js';
import type { Factor, FactorResponse, TwoFactorMethod } from './factor.model.js';
import { offeredFactors, useFactor } from './use-factor.js';

/** Data of the first step that the second step needs. Stored unencrypted. */
export type ChallengePayload = Readonly<Record<string, string>>;

export interface Challenge {
  readonly challengeToken: string;
  readonly expiresAt: Date;
  /** The methods by which the user can answer. */
  readonly methods: readonly TwoFactorMethod[];
  /** The data that a client needs for some of the methods, as JSON text. */
  readonly options: Readonly<Partial<Record<TwoFactorMethod, string>>>;
}

export interface RedeemedChallenge {
  /** Locked until the transaction ends. */
  readonly user: User;
  readonly payload: ChallengePayload;
  /** The factor that was proven. */
  readonly factor: Factor;
}

/**
 * Issues a token that only `redeemChallenge` accepts. It replaces the user's previous challenge.
 * @returns undefined if the user has no second factor
 */
export async function issueChallenge(
  { tokens, registered }: SecondFactorDeps,
  tx: Database,
  userId: string,
  payload: ChallengePayload,
): Promise<Challenge | undefined> {
  const offered = await offeredFactors(registered().factors, tx, userId);
  if (offered.length === 0) return undefined;
  const { token, expiresAt } = await tokens.issueWithExpiry(tx, 'CHALLENGE', userId, { payload });
  const options: Partial<Record<TwoFactorMethod, string>> = {};
  for (const factor of offered) {
    if (factor.begin) options[factor.method] = await factor.begin(tx, userId, token);
  }
  return { challengeToken: token, expiresAt, methods: offered.map(({ method }) => method), options };
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
    const answer = { ...response, challengeToken };
    return await useFactor(deps, actor, { userId, lock }, answer, (tx, { user, factor }) =>
      finish(tx, { user, payload, factor }),
    );
  } catch (error) {
    // The second factor was removed after the challenge was issued.
    const isRemoved = error instanceof AuthError && error.code === AuthErrorCode.TWO_FACTOR_NOT_ENABLED;
    throw isRemoved ? new AuthError(AuthErrorCode.TOKEN_INVALID) : error;
  }
}
