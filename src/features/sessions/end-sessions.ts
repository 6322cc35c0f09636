import { recordAudit } from '../../audit/index.js';
import { type Actor, actingAs, type Principal, type SignedInActor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode, type UnauthenticatedReason } from '../../platform/error.js';
import { isId } from '../../platform/id.js';
import type { SessionDeps } from './deps.js';
import { readRefreshToken } from './refresh-token.js';
import type { SessionEndReason } from './session-end-reason.js';

type EndDeps = Pick<SessionDeps, 'db' | 'users' | 'store' | 'cache' | 'refreshKeys'>;

type SessionReference = Pick<Principal, 'sessionId' | 'userId'>;

export interface Logout {
  /** Determines the session if the actor has none. */
  readonly refreshToken: string | undefined;
  /** Ends all sessions of the user. */
  readonly everywhere: boolean;
  /** The reason if the access token was refused. */
  readonly reason: UnauthenticatedReason | undefined;
}

/**
 * Ends one session of the actor, the current one included.
 * @throws AuthError NOT_FOUND, also for a session of another user
 */
export async function revokeSession(deps: EndDeps, actor: SignedInActor, id: string): Promise<void> {
  const session = { sessionId: id, userId: actor.userId };
  const ended = isId(id) && (await endSession(deps, actor, session, 'REVOKED'));
  if (!ended) throw new AuthError(AuthErrorCode.NOT_FOUND);
}

/** Ends all sessions of the actor except the current one. */
export async function revokeOtherSessions(deps: EndDeps, actor: SignedInActor): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const { userId, sessionId } = actor;
    await deps.users.lock(tx, userId);
    const ended = await endAllSessions(deps, tx, userId, 'REVOKED', sessionId);
    if (ended === 0) return;
    await recordAudit(tx, actor, { type: 'SESSION_REVOKED', subjectId: userId, details: { ended } });
  });
}

/**
 * Ends the session of the access token or, if that is not valid, the session of the refresh token. Succeeds
 * if the session has already ended.
 * @throws AuthError UNAUTHENTICATED if neither token names a session
 * @throws AuthError TOKEN_INVALID if the refresh token is malformed or forged
 */
export async function logout(deps: EndDeps, actor: Actor, input: Logout): Promise<void> {
  const session = findActorSession(actor) ?? (await findTokenSession(deps, input));
  if (session === undefined) return;
  const { userId } = session;
  const owner = actingAs(actor, userId);
  if (!input.everywhere) {
    await endSession(deps, owner, session, 'LOGGED_OUT');
    return;
  }
  await deps.db.transaction(async (tx) => {
    await deps.users.lock(tx, userId);
    await endAllSessions(deps, tx, userId, 'LOGGED_OUT');
    await recordAudit(tx, owner, { type: 'LOGGED_OUT', subjectId: userId, details: { everywhere: true } });
  });
}

/**
 * Ends all sessions of a user whose row is locked. A sign-in in progress waits for that lock, so no session
 * is missed.
 * @param exceptId the id of a session that does not end
 * @returns the number of sessions that ended
 */
export async function endAllSessions(
  { store, cache }: Pick<SessionDeps, 'store' | 'cache'>,
  tx: Database,
  userId: string,
  reason: SessionEndReason,
  exceptId?: string,
): Promise<number> {
  const ids = await store.revokeAll(tx, userId, reason, exceptId);
  cache.evict(ids);
  return ids.length;
}

async function endSession(
  { db, store, cache }: EndDeps,
  actor: Actor,
  { sessionId, userId }: SessionReference,
  reason: 'LOGGED_OUT' | 'REVOKED',
): Promise<boolean> {
  return db.transaction(async (tx) => {
    const ended = await store.revoke(tx, userId, sessionId, reason);
    if (ended === undefined) return false;
    const type = reason === 'REVOKED' ? 'SESSION_REVOKED' : reason;
    await recordAudit(tx, actor, { type, subjectId: userId, details: { session: sessionId } });
    cache.evict([sessionId]);
    return true;
  });
}

function findActorSession({ sessionId, userId }: Actor): SessionReference | undefined {
  return sessionId !== undefined && userId !== undefined ? { sessionId, userId } : undefined;
}

/**
 * The live session of a refresh token. An older token of the session is accepted too: either its owner logs
 * out, or a thief ends the stolen session.
 */
async function findTokenSession(
  { db, store, refreshKeys }: EndDeps,
  { refreshToken, reason }: Logout,
): Promise<SessionReference | undefined> {
  if (refreshToken === undefined) {
    if (reason === 'SESSION_REVOKED') return undefined;
    throw new AuthError(AuthErrorCode.UNAUTHENTICATED, { reason: reason ?? 'TOKEN_MISSING' });
  }
  const { sessionId } = readRefreshToken(refreshKeys, refreshToken);
  const userId = await store.findOwner(db, sessionId);
  return userId === undefined ? undefined : { sessionId, userId };
}
