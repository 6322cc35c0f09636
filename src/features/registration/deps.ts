import type { FloodGuard, Outbox } from '../../mail/index.js';
import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import type { JobQueue } from '../../platform/jobs.js';
import type { Notices, PendingRegistrationStore, UserStore } from '../accounts/index.js';
import type { Lockout } from '../lockout/index.js';
import type { OneTimeTokenStore } from '../one-time-tokens/index.js';
import type { BreachedPasswords, PasswordHashing } from '../passwords/index.js';
import type { Sessions } from '../sessions/index.js';
import type { StepUp } from '../step-up/index.js';

export interface RegistrationDeps {
  readonly db: Database;
  readonly users: UserStore;
  readonly registrations: PendingRegistrationStore;
  readonly tokens: OneTimeTokenStore;
  readonly hashing: PasswordHashing;
  readonly breachedPasswords: BreachedPasswords;
  readonly outbox: Outbox;
  readonly notices: Notices;
  readonly floodGuard: FloodGuard;
  readonly jobs: JobQueue;
  readonly linkBase: string;
  readonly requireVerifiedEmail: boolean;
  readonly sessions: Sessions;
  readonly stepUp: StepUp;
  readonly lockout: Lockout;
  /** See `Profile.confirmEmailChange`. */
  confirmEmailChange(actor: Actor, token: string): Promise<string>;
}
