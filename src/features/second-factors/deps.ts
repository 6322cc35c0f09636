import type { Database } from '../../platform/database.js';
import type { Notices, UserStore } from '../accounts/index.js';
import type { OneTimeTokenStore } from '../one-time-tokens/index.js';
import type { Passwords } from '../passwords/index.js';
import type { AttemptStore } from './attempts.store.js';
import type { Factor } from './factor.model.js';
import type { SecondFactorsStore } from './second-factors.store.js';

export interface SecondFactorDeps {
  readonly db: Database;
  readonly users: UserStore;
  readonly tokens: OneTimeTokenStore;
  readonly notices: Notices;
  readonly passwords: Passwords;
  readonly attempts: AttemptStore;
  /** Apart from `attempts`, so that a thief with a stolen access token cannot lock the owner's sign-in. */
  readonly reauthenticationAttempts: AttemptStore;
  /** Available after the gateway has created all features. Throws a TypeError before. */
  registered(): { readonly factors: readonly Factor[]; readonly store: SecondFactorsStore };
}
