import type { User, UserStore } from '../accounts/index.js';
import type { FloodGuard, Outbox } from '../mail/index.js';
import type { OneTimeTokenStore } from '../one-time-tokens/index.js';
import type { Database } from '../platform/database.js';

export interface ProfileParts {
  readonly db: Database;
  readonly users: UserStore;
  readonly tokens: OneTimeTokenStore;
  readonly outbox: Outbox;
  readonly floodGuard: FloodGuard;
  readonly linkBase: string;
  /** Has the user prove once more who they are. */
  confirmPassword(userId: string, password: string): Promise<User>;
}
