import { nameInMails, type User, type UserStore } from '../accounts/index.js';
import type { Lockout } from '../lockout/index.js';
import type { FloodGuard, Outbox } from '../mail/index.js';
import type { OneTimeTokenStore } from '../one-time-tokens/index.js';
import type { Database } from '../platform/database.js';
import type { JobQueue } from '../platform/jobs.js';
import type { Client, Principal } from '../platform/principal.js';
import type { Sessions } from '../sessions/index.js';
import { type ConfirmedPassword, confirmPassword } from './confirm-password.js';
import type { PasswordHashing } from './hashing.js';

interface Collaborators {
  readonly db: Database;
  readonly users: UserStore;
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

export interface PasswordParts extends Collaborators {
  /** Tells the owner that the password is another now. */
  mailPasswordChanged(tx: Database, user: User, client: Client): Promise<void>;
}

/** Setting, changing and confirming passwords. */
export class Passwords {
  readonly parts: PasswordParts;

  constructor(collaborators: Collaborators) {
    const { outbox } = collaborators;
    this.parts = {
      ...collaborators,
      mailPasswordChanged: (tx, user, client) =>
        outbox.enqueue(tx, 'password-changed', user.email, {
          name: nameInMails(user),
          at: new Date().toISOString(),
          ipAddress: client.ipAddress,
          userAgent: client.userAgent,
        }),
    };
  }

  /** See `confirmPassword`. */
  confirm = (caller: Principal, password: string): Promise<ConfirmedPassword> =>
    confirmPassword(this.parts, caller, password);
}
