import type { Database } from '../../platform/database.js';
import type { Log } from '../../platform/log.js';
import type { Notices, UserStore } from '../accounts/index.js';
import type { OneTimeTokenStore } from '../one-time-tokens/index.js';
import type { Passwords } from '../passwords/index.js';
import type { Sessions } from '../sessions/index.js';
import type { SignIn } from '../sign-in/index.js';
import type { RelyingParty } from './passkey.model.js';
import type { PasskeyStore } from './passkey.store.js';

export interface PasskeyDeps {
  readonly db: Database;
  readonly log: Log;
  readonly users: UserStore;
  readonly tokens: OneTimeTokenStore;
  readonly notices: Notices;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly signIn: SignIn;
  readonly store: PasskeyStore;
  readonly relyingParty: RelyingParty;
  /** The name of the site that authenticators show. */
  readonly rpName: string;
}
