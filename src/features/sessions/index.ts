import type { Feature } from '../../graphql/feature.js';
import type { Actor, Authentication, Principal } from '../../platform/actor.js';
import type { Clock } from '../../platform/clock.js';
import type { Database } from '../../platform/database.js';
import type { DatabaseHandle } from '../../platform/database-handle.js';
import { Keyring } from '../../platform/keyring.js';
import type { Log } from '../../platform/log.js';
import type { Metrics } from '../../platform/metrics.js';
import type { User } from '../accounts/index.js';
import { authenticate } from './authenticate.js';
import { AuthenticationStore } from './authentication.store.js';
import type { SessionDeps } from './deps.js';
import { endAllSessions } from './end-sessions.js';
import { lockCaller, requireLive } from './lock-caller.js';
import { sessionMetrics } from './metrics.js';
import { recordAuthentication } from './record-authentication.js';
import { RotationStore } from './rotation.store.js';
import type { Session, SessionTokens } from './session.model.js';
import { CurrentSessionResolver, SessionResolver, UserSessionsResolver } from './session.resolver.js';
import { SessionStore } from './session.store.js';
import { SessionCache } from './session-cache.js';
import type { SessionEndReason } from './session-end-reason.js';
import { SessionEndTail } from './session-end-tail.js';
import { SESSION_ENDED, SessionEndedResolver } from './session-ended.resolver.js';
import { type EndListener, SessionWatcher } from './session-watcher.js';
import { type NewSession, startSession } from './start-session.js';
import { issueTokens } from './tokens.js';

export { AuthPayload, confirmTokens, deliverTokens, TokenDelivery } from './auth-payload.type.js';
export type { Session, SessionEnd, SessionTokens } from './session.model.js';
export type { Poll } from './session-end.store.js';

/** Sessions of signed-in devices. Methods with a `tx` argument run in that transaction. */
export interface Sessions {
  readonly feature: Feature;
  /** See `authenticate`. */
  authenticate(authorization: string | undefined): Promise<Authentication>;
  /** See `startSession`. */
  start(tx: Database, actor: Actor, session: NewSession): Promise<Session>;
  /** See `issueTokens`. */
  issueTokens(session: Session, user: User): Promise<SessionTokens>;
  /** See `endAllSessions`. */
  endAll(tx: Database, userId: string, reason: SessionEndReason, exceptId?: string): Promise<number>;
  /** See `lockCaller`. */
  lockCaller(tx: Database, caller: Principal): Promise<User>;
  /** See `requireLive`. */
  requireLive(tx: Database, caller: Principal): Promise<void>;
  /** A live session of an active user, locked until the transaction ends. The caller has locked the user. */
  findLive(tx: Database, sessionId: string): Promise<Session | undefined>;
  /** See `AuthenticationStore.isRecent`. */
  isRecent(tx: Database, sessionId: string, seconds: number): Promise<boolean>;
  /** See `recordAuthentication`. */
  recordAuthentication(
    tx: Database,
    caller: Principal,
    amr: (first: readonly string[]) => readonly string[],
  ): Promise<Session>;
  /** The ends of sessions on all nodes, within a fraction of a second of their commit. */
  readonly ends: Pick<SessionEndTail, 'listen' | 'isFresh'>;
  /** See `SessionWatcher.watch`. */
  watch(sessionId: string, listener: EndListener): Promise<() => void>;
}

export interface SessionsOptions
  extends Pick<SessionDeps, 'users' | 'notices' | 'accessTokens' | 'lifetimes'> {
  readonly database: DatabaseHandle;
  readonly refreshSecrets: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

export function createSessions({
  database,
  refreshSecrets,
  clock,
  log,
  metrics,
  ...shared
}: SessionsOptions): Sessions {
  const { openTransactions, refreshes } = sessionMetrics(metrics);
  const store = new SessionStore(database.db);
  const authentications = new AuthenticationStore();
  const cache: SessionCache = new SessionCache(store, () => tail.isFresh);
  const tail = new SessionEndTail(database, log);
  tail.listen({
    onEnded: (ends) => cache.evict(ends.map(({ sessionId }) => sessionId)),
    onMissed: () => cache.clear(),
    onPolled: (poll) => openTransactions.set(poll.openTransactions),
  });
  // After the listener of the cache: when a client is told of an end, this node already refuses the session.
  const watcher = new SessionWatcher(store, clock, tail);
  const refreshKeys = new Keyring(refreshSecrets, 'refresh tokens');
  const rotations = new RotationStore(database.db);
  const deps: SessionDeps = { ...shared, db: database.db, store, rotations, cache, refreshKeys, refreshes };
  return {
    authenticate: (authorization) => authenticate(deps, authorization),
    start: (tx, actor, session) => startSession(deps, tx, actor, session),
    issueTokens: (session, user) => issueTokens(deps, session, user),
    endAll: (tx, userId, reason, exceptId) => endAllSessions(deps, tx, userId, reason, exceptId),
    lockCaller: (tx, caller) => lockCaller(deps, tx, caller),
    requireLive: (tx, caller) => requireLive(deps, tx, caller),
    findLive: async (tx, sessionId) => (await store.lockLive(tx, sessionId, 0))?.session,
    isRecent: (tx, sessionId, seconds) => authentications.isRecent(tx, sessionId, seconds),
    recordAuthentication: (tx, caller, amr) => recordAuthentication(authentications, tx, caller, amr),
    ends: tail,
    watch: (sessionId, listener) => watcher.watch(sessionId, listener),
    feature: {
      resolvers: [
        new SessionResolver(deps),
        new CurrentSessionResolver(),
        new UserSessionsResolver(store),
        new SessionEndedResolver(),
      ],
      events: { [SESSION_ENDED]: (sessionId) => watcher.events(sessionId) },
      maintenance: [
        { name: 'old sessions', run: () => store.deleteOld() },
        { name: 'old session ends', run: () => store.deleteOldEnds() },
      ],
      start: () => tail.start(),
      close: () => {
        watcher.close();
        return tail.close();
      },
    },
  };
}
