import type { Outbox } from '../../mail/index.js';
import type { Database } from '../../platform/database.js';
import type { Keyring } from '../../platform/keyring.js';
import type { Log } from '../../platform/log.js';
import type { Notices, UserStore } from '../accounts/index.js';
import type { OneTimeTokenStore } from '../one-time-tokens/index.js';
import type { Sessions } from '../sessions/index.js';
import type { SignIn } from '../sign-in/index.js';
import type { IdentityStore } from './identity.store.js';
import type { ProviderClient } from './provider-client.js';

export interface IdentityProviderDeps {
  readonly db: Database;
  readonly users: UserStore;
  readonly tokens: OneTimeTokenStore;
  readonly sessions: Sessions;
  readonly signIn: SignIn;
  readonly notices: Notices;
  readonly outbox: Outbox;
  readonly identities: IdentityStore;
  /** By id, in the order of the settings. */
  readonly providers: ReadonlyMap<string, ProviderClient>;
  readonly flowKeys: Keyring;
  /** Base of the page that receives the result: the front end, or the gateway itself. */
  readonly linkBase: string;
  readonly log: Log;
}
