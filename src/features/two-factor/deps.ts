import type { Outbox } from '../../mail/index.js';
import type { Clock } from '../../platform/clock.js';
import type { Database } from '../../platform/database.js';
import type { Cipher } from '../../platform/keyring.js';
import type { Principal } from '../../platform/principal.js';
import type { User, UserStore } from '../accounts/index.js';
import type { OneTimeTokenStore } from '../one-time-tokens/index.js';
import type { Sessions } from '../sessions/index.js';
import type { TwoFactorStore } from './two-factor.store.js';

export interface TwoFactorOptions {
  readonly db: Database;
  readonly users: UserStore;
  readonly tokens: OneTimeTokenStore;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly encryptionSecrets: readonly string[];
  readonly sessions: Sessions;
  /**
   * Asks a signed-in user for the password again.
   * @returns what locks the user, and checks that the password still counts
   * @throws AuthError if it is wrong
   */
  confirmPassword(caller: Principal, password: string): Promise<{ lock(tx: Database): Promise<User> }>;
}

export type TwoFactorDeps = Omit<TwoFactorOptions, 'encryptionSecrets'> & {
  readonly store: TwoFactorStore;
  readonly cipher: Cipher;
};
