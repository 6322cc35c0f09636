import type { Database } from '../../platform/database.js';
import type { Log } from '../../platform/log.js';
import type { PendingRegistrationStore, UserStore } from '../accounts/index.js';
import type { Lockout } from '../lockout/index.js';
import type { PasswordHashing } from '../passwords/index.js';
import type { SecondFactors } from '../second-factors/index.js';
import type { Sessions } from '../sessions/index.js';
import type { SignInMetrics } from './metrics.js';

export interface SignInDeps {
  readonly db: Database;
  readonly users: UserStore;
  readonly registrations: PendingRegistrationStore;
  readonly hashing: PasswordHashing;
  readonly sessions: Sessions;
  readonly lockout: Lockout;
  readonly secondFactors: SecondFactors;
  readonly requireVerifiedEmail: boolean;
  /** See `Registration.mailLinkAgain`. */
  requestLinkAgain(userId: string): Promise<void>;
  readonly metrics: SignInMetrics;
  readonly log: Log;
}
