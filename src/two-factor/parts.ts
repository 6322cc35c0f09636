import type { UserStore } from '../accounts/index.js';
import type { Outbox } from '../mail/index.js';
import type { OneTimeTokenStore } from '../one-time-tokens/index.js';
import type { Clock } from '../platform/clock.js';
import type { Database } from '../platform/database.js';
import type { Cipher } from '../platform/keyring.js';
import type { Client } from '../platform/principal.js';
import type { TwoFactorStore } from './two-factor.store.js';

export interface TwoFactorOptions {
  readonly db: Database;
  readonly users: UserStore;
  readonly tokens: OneTimeTokenStore;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly encryptionSecrets: readonly string[];
  /** Asks a signed-in user for the password again; throws where it is wrong, by itself. */
  readonly confirmPassword: (userId: string, password: string, client: Client) => Promise<unknown>;
}

export type TwoFactorParts = Omit<TwoFactorOptions, 'encryptionSecrets'> & {
  readonly store: TwoFactorStore;
  readonly cipher: Cipher;
};
