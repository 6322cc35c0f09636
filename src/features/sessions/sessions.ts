import type { Outbox } from '../../mail/index.js';
import type { Clock } from '../../platform/clock.js';
import type { Database } from '../../platform/database.js';
import type { DatabaseHandle } from '../../platform/database-handle.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import { Keyring } from '../../platform/keyring.js';
import type { Log } from '../../platform/log.js';
import type { Principal, RequestOrigin } from '../../platform/principal.js';
import {
  type AccessTokenOptions,
  AccessTokens,
  type KeyOptions,
  SigningKeyStore,
  SigningKeys,
} from '../access-tokens/index.js';
import type { User, UserStore } from '../accounts/index.js';
import { type Authentication, authenticate } from './authenticate.js';
import { type EndDeps, endAllSessions } from './end-sessions.js';
import type { SessionMetrics } from './metrics.js';
import { type RefreshDeps, refresh } from './refresh.js';
import { SessionStore } from './session.store.js';
import { SessionCache } from './session-cache.js';
import type { SessionEndReason } from './session-end-reason.js';
import { SessionEndTail } from './session-end-tail.js';
import { type SessionLifetimes, type StartSession, startSession } from './start-session.js';
import { issueTokens, type SignedIn } from './tokens.js';

export interface SessionsOptions {
  readonly database: DatabaseHandle;
  readonly users: UserStore;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: SessionMetrics;
  readonly keys: KeyOptions;
  readonly accessTokens: AccessTokenOptions;
  readonly refreshSecrets: readonly string[];
  readonly lifetimes: SessionLifetimes;
  readonly graceSeconds: number;
}

/** Signed-in devices and the tokens that stand for them. */
export class Sessions {
  readonly keys: SigningKeys;
  readonly #tail: SessionEndTail;
  readonly deps: RefreshDeps & EndDeps;

  constructor(readonly options: SessionsOptions) {
    const { database, users, outbox, log, clock, metrics } = options;
    const { db } = database;
    const store = new SessionStore(db);
    const cache = new SessionCache(store, () => this.#tail.isFresh);
    this.#tail = new SessionEndTail(
      database,
      {
        ended: (ids) => cache.forget(ids),
        missed: () => cache.clear(),
        observed: (count) => metrics.openTransactions.set(count),
      },
      log,
    );
    this.keys = new SigningKeys(new SigningKeyStore(db), options.keys, log);
    this.deps = {
      db,
      users,
      outbox,
      store,
      cache,
      tokens: new AccessTokens(this.keys, options.accessTokens, clock),
      refreshKeys: new Keyring(options.refreshSecrets, 'refresh tokens'),
      graceSeconds: options.graceSeconds,
    };
  }

  /** Reads the signing keys and begins to follow the ends of sessions. */
  async open(): Promise<void> {
    await this.keys.start();
    await this.#tail.start();
  }

  async close(): Promise<void> {
    this.keys.stop();
    await this.#tail.close();
  }

  /** Who a request's Authorization header stands for. */
  authenticate = (authorization: string | undefined): Promise<Authentication> =>
    authenticate(authorization, this.deps.tokens, this.deps.cache);

  /** Opens a session in a transaction of the caller's. */
  start(tx: Database, session: StartSession) {
    return startSession(tx, this.deps, this.options.lifetimes, session);
  }

  /** The tokens of a session that has just been opened. */
  tokensOf(session: Awaited<ReturnType<Sessions['start']>>, user: User): Promise<SignedIn> {
    return issueTokens(this.deps.tokens, this.deps.refreshKeys, session, user);
  }

  /** Ends all sessions of a user, but for one to keep, in a transaction of the caller's. */
  endAll(tx: Database, userId: string, reason: SessionEndReason, keep?: string): Promise<number> {
    return endAllSessions(tx, this.deps, userId, reason, keep);
  }

  /**
   * Locks the row of a signed-in user who changes their own account.
   * @throws AuthError UNAUTHENTICATED if the session has ended since the request began
   */
  async lockCaller(tx: Database, caller: Principal): Promise<User> {
    const user = await this.options.users.lock(tx, caller.userId);
    await this.requireLive(tx, caller);
    return user as User;
  }

  /**
   * Checks the caller again, in the transaction that writes. A deactivation and a change of role end the session, so
   * a live session also means that the caller may still do what the role allows.
   * @throws AuthError UNAUTHENTICATED if the session has ended since the request began
   */
  async requireLive(tx: Database, { sessionId }: Principal): Promise<void> {
    if ((await this.deps.store.findOwner(tx, sessionId)) !== undefined) return;
    throw new AuthError(AuthErrorCode.UNAUTHENTICATED, { reason: 'SESSION_REVOKED' });
  }

  async refresh(token: string, client: RequestOrigin): Promise<SignedIn> {
    try {
      const signedIn = await refresh(this.deps, token, client);
      this.options.metrics.refreshes.inc({ outcome: 'succeeded' });
      return signedIn;
    } catch (error) {
      this.options.metrics.refreshes.inc({ outcome: 'failed' });
      throw error;
    }
  }
}
