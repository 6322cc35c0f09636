import type { FloodGuard } from '../../mail/index.js';
import type { SignedInActor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import type { JobQueue } from '../../platform/jobs.js';
import type { Notices, PendingRegistrationStore, UserStore } from '../accounts/index.js';
import type { Lockout } from '../lockout/index.js';
import type { OneTimeTokenStore } from '../one-time-tokens/index.js';
import type { Sessions } from '../sessions/index.js';
import type { BreachedPasswords } from './breached-passwords.js';
import type { PasswordHashing } from './hashing.js';

export interface PasswordDeps {
  readonly db: Database;
  readonly users: UserStore;
  readonly registrations: PendingRegistrationStore;
  readonly tokens: OneTimeTokenStore;
  readonly hashing: PasswordHashing;
  readonly breachedPasswords: BreachedPasswords;
  readonly lockout: Lockout;
  readonly sessions: Sessions;
  readonly notices: Notices;
  readonly floodGuard: FloodGuard;
  readonly jobs: JobQueue;
  readonly linkBase: string;
  /**
   * See `StepUp.requireRecent`.
   * @throws AuthError REAUTHENTICATION_REQUIRED
   */
  requireRecentAuth(actor: SignedInActor): Promise<void>;
  /** Removes second factors and identities of a user whose row is locked. Returns whether a factor was enabled. */
  removeSecondFactors(tx: Database, userId: string): Promise<boolean>;
}
