import type { Clock } from '../../platform/clock.js';
import type { Database } from '../../platform/database.js';
import type { Cipher } from '../../platform/keyring.js';
import type { Notices } from '../accounts/index.js';
import type { Passwords } from '../passwords/index.js';
import type { RecoveryCodes } from '../recovery-codes/index.js';
import type { SecondFactors } from '../second-factors/index.js';
import type { Sessions } from '../sessions/index.js';
import type { TotpStore } from './totp.store.js';

export interface TotpDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly notices: Notices;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly secondFactors: SecondFactors;
  readonly recoveryCodes: RecoveryCodes;
  readonly store: TotpStore;
  readonly cipher: Cipher;
  /** The name of the platform in authenticator apps. */
  readonly issuer: string;
}
