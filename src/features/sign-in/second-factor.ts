import type { Database } from '../../platform/database.js';
import type { RequestOrigin } from '../../platform/principal.js';
import type { User } from '../accounts/index.js';

export type Method = 'TOTP' | 'RECOVERY_CODE';

/** What a challenge carries over to the second step. */
export type ChallengePayload = Readonly<Record<string, string>>;

export interface IssuedChallenge {
  readonly challengeToken: string;
  readonly expiresAt: Date;
}

export interface RedeemedChallenge {
  /** Locked until the transaction ends. */
  readonly user: User;
  readonly payload: ChallengePayload;
}

/** What sign-in asks of a second factor; which one it is, it does not know. */
export interface SecondFactor {
  /** How this user can finish a sign-in; nothing where the factor is off. */
  methodsOf(tx: Database, userId: string): Promise<readonly Method[]>;
  issueChallenge(tx: Database, userId: string, payload: ChallengePayload): Promise<IssuedChallenge>;
  /**
   * Checks a code, and runs `finish` in the transaction that uses code and challenge up.
   * @throws AuthError TOKEN_INVALID, INVALID_TWO_FACTOR_CODE, ACCOUNT_LOCKED
   */
  redeemChallenge<T>(
    challengeToken: string,
    code: string,
    client: RequestOrigin,
    finish: (tx: Database, redeemed: RedeemedChallenge) => Promise<T>,
  ): Promise<T>;
}
