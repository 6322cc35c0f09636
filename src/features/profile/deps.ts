import type { FloodGuard, Outbox } from '../../mail/index.js';
import type { Database } from '../../platform/database.js';
import type { Notices, UserStore } from '../accounts/index.js';
import type { OneTimeTokenStore } from '../one-time-tokens/index.js';
import type { Passwords } from '../passwords/index.js';
import type { Sessions } from '../sessions/index.js';

export interface ProfileDeps {
  readonly db: Database;
  readonly users: UserStore;
  readonly tokens: OneTimeTokenStore;
  readonly outbox: Outbox;
  readonly notices: Notices;
  readonly floodGuard: FloodGuard;
  readonly linkBase: string;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
}
