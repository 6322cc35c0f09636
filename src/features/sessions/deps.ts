import type { Database } from '../../platform/database.js';
import type { Keyring } from '../../platform/keyring.js';
import type { AccessTokens } from '../access-tokens/index.js';
import type { Notices, UserStore } from '../accounts/index.js';
import type { SessionMetrics } from './metrics.js';
import type { RotationStore } from './rotation.store.js';
import type { SessionStore } from './session.store.js';
import type { SessionCache } from './session-cache.js';

export interface SessionLifetimes {
  /** Days until a session expires, whether or not it is used. */
  readonly days: number;
  /** The same for a session with "remember me". */
  readonly rememberedDays: number;
  /** Grace period after a rotation, in which the previous refresh token is still accepted. */
  readonly graceSeconds: number;
}

export interface SessionDeps {
  readonly db: Database;
  readonly users: UserStore;
  readonly notices: Notices;
  readonly store: SessionStore;
  readonly rotations: RotationStore;
  readonly cache: SessionCache;
  readonly accessTokens: AccessTokens;
  readonly refreshKeys: Keyring;
  readonly lifetimes: SessionLifetimes;
  readonly refreshes: SessionMetrics['refreshes'];
}
