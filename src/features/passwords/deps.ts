import type { FloodGuard, Outbox } from '../../mail/index.js';
import type { Database } from '../../platform/database.js';
import type { JobQueue } from '../../platform/jobs.js';
import type { RequestOrigin } from '../../platform/principal.js';
import type { PendingRegistrationStore, User, UserStore } from '../accounts/index.js';
import type { Lockout } from '../lockout/index.js';
import type { OneTimeTokenStore } from '../one-time-tokens/index.js';
import type { Sessions } from '../sessions/index.js';
import type { PasswordHashing } from './hashing.js';

export interface Collaborators {
  readonly db: Database;
  readonly users: UserStore;
  readonly registrations: PendingRegistrationStore;
  readonly tokens: OneTimeTokenStore;
  readonly hashing: PasswordHashing;
  readonly lockout: Lockout;
  readonly sessions: Sessions;
  readonly outbox: Outbox;
  readonly floodGuard: FloodGuard;
  readonly jobs: JobQueue;
  readonly linkBase: string;
  /** Removes the second factors of a user whose row is locked. Returns whether one was confirmed. */
  removeSecondFactors(tx: Database, userId: string): Promise<boolean>;
}

export interface PasswordDeps extends Collaborators {
  /** Tells the owner that the password is another now. */
  mailPasswordChanged(tx: Database, user: User, client: RequestOrigin): Promise<void>;
}
