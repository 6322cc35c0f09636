import type { Database } from '../../platform/database.js';
import { Keyring } from '../../platform/keyring.js';
import type { RequestOrigin } from '../../platform/principal.js';
import type { TwoFactorDeps, TwoFactorOptions } from './deps.js';
import { type Redeemed, redeemChallenge } from './redeem-challenge.js';
import { TwoFactorStore } from './two-factor.store.js';
import type { TwoFactorMethod } from './typed-code.js';

/** TOTP and recovery codes: setting them up, and asking for them at a sign-in. */
export class TwoFactor {
  readonly deps: TwoFactorDeps;

  constructor({ encryptionSecrets, ...options }: TwoFactorOptions) {
    const cipher = new Keyring(encryptionSecrets, 'totp');
    this.deps = { ...options, cipher, store: new TwoFactorStore(options.db) };
  }

  /** How a user can meet a challenge; by nothing where there is no second factor. */
  async methodsOf(tx: Database, userId: string): Promise<TwoFactorMethod[]> {
    const codes = await this.deps.store.countRecoveryCodes(tx, userId);
    if (codes === undefined) return [];
    return codes > 0 ? ['TOTP', 'RECOVERY_CODE'] : ['TOTP'];
  }

  /**
   * What a user gets for the right password alone: a token that opens nothing but `redeemChallenge`. It replaces
   * the one before.
   * @param payload what `redeemChallenge` hands back; kept in the clear
   */
  async issueChallenge(tx: Database, userId: string, payload: Readonly<Record<string, string>>) {
    const { token, expiresAt } = await this.deps.tokens.issueDated(tx, 'CHALLENGE', userId, { payload });
    return { challengeToken: token, expiresAt };
  }

  /** Meets a challenge: see `redeem-challenge.ts`. */
  redeemChallenge<T>(
    challengeToken: string,
    code: string,
    client: RequestOrigin,
    finish: (tx: Database, redeemed: Redeemed) => Promise<T>,
  ): Promise<T> {
    return redeemChallenge(this.deps, challengeToken, code, client, finish);
  }

  /**
   * Removes a user's second factor, setup and recovery codes, in a transaction of the caller's that has locked
   * the user. Whether there was a confirmed factor.
   */
  reset(tx: Database, userId: string): Promise<boolean> {
    return this.deps.store.remove(tx, userId);
  }
}
