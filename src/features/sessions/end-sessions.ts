import { recordAudit } from '../../audit/index.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode, type UnauthenticatedReason } from '../../platform/error.js';
import { isId } from '../../platform/id.js';
import type { Keyring } from '../../platform/keyring.js';
import type { Principal, RequestOrigin } from '../../platform/principal.js';
import type { UserStore } from '../accounts/index.js';
import type { Authentication } from './authenticate.js';
import { readRefreshToken } from './refresh-token.js';
import type { SessionStore } from './session.store.js';
import type { SessionCache } from './session-cache.js';
import type { SessionEndReason } from './session-end-reason.js';

export interface EndDeps {
  readonly db: Database;
  readonly users: UserStore;
  readonly store: SessionStore;
  readonly cache: SessionCache;
  readonly refreshKeys: Keyring;
}

/**
 * Ends one other session of the caller, or the caller's own.
 * @throws AuthError NOT_FOUND where there is no such session, or it is somebody else's
 */
export async function revokeSession(
  deps: EndDeps,
  caller: Principal,
  id: string,
  client: RequestOrigin,
): Promise<void> {
  const ended = isId(id) ? await endOne(deps, caller.userId, id, 'REVOKED', client) : false;
  if (!ended) throw new AuthError(AuthErrorCode.NOT_FOUND);
}

/** Ends all sessions of the caller but the one that asks. */
export async function revokeOtherSessions(
  deps: EndDeps,
  caller: Principal,
  client: RequestOrigin,
): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const { userId, sessionId } = caller;
    await deps.users.lock(tx, userId);
    const ended = await endAllSessions(tx, deps, userId, 'REVOKED', sessionId);
    if (ended === 0) return;
    await recordAudit(tx, {
      type: 'SESSION_REVOKED',
      actorId: userId,
      subjectId: userId,
      client,
      details: { ended },
    });
  });
}

/**
 * Signs out: ends the caller's session or, where the access token has expired, that of the refresh token; with
 * `everywhere` all sessions of the user. A session that has ended already is as good.
 * @throws AuthError UNAUTHENTICATED where neither token tells which session is meant
 * @throws AuthError TOKEN_INVALID where the refresh token is not one of ours
 */
export async function logout(
  deps: EndDeps,
  { principal, reason }: Authentication & { readonly reason?: UnauthenticatedReason },
  refreshToken: string | undefined,
  everywhere: boolean,
  client: RequestOrigin,
): Promise<void> {
  const session = principal ?? (await sessionOf(deps, refreshToken, reason));
  if (session === undefined) return;
  if (!everywhere) {
    await endOne(deps, session.userId, session.sessionId, 'LOGGED_OUT', client);
    return;
  }
  await deps.db.transaction(async (tx) => {
    const { userId } = session;
    await deps.users.lock(tx, userId);
    await endAllSessions(tx, deps, userId, 'LOGGED_OUT');
    await recordAudit(tx, {
      type: 'LOGGED_OUT',
      actorId: userId,
      subjectId: userId,
      client,
      details: { everywhere: true },
    });
  });
}

/**
 * Ends all sessions of a user in a transaction that has locked the user's row, but for one to keep. How many they
 * were. Sessions that are opened meanwhile wait for that lock, so that none slips through.
 */
export async function endAllSessions(
  tx: Database,
  deps: Pick<EndDeps, 'store' | 'cache'>,
  userId: string,
  reason: SessionEndReason,
  keep?: string,
): Promise<number> {
  const ids = await deps.store.revokeAll(tx, userId, reason, keep);
  deps.cache.forget(ids);
  return ids.length;
}

async function endOne(
  deps: EndDeps,
  userId: string,
  id: string,
  reason: 'LOGGED_OUT' | 'REVOKED',
  client: RequestOrigin,
): Promise<boolean> {
  return deps.db.transaction(async (tx) => {
    const ended = await deps.store.revoke(tx, userId, id, reason);
    if (ended === undefined) return false;
    const type = reason === 'REVOKED' ? 'SESSION_REVOKED' : reason;
    await recordAudit(tx, { type, actorId: userId, subjectId: userId, client, details: { session: id } });
    deps.cache.forget([id]);
    return true;
  });
}

/**
 * The live session that a refresh token belongs to. An older token of it will do: whoever has it is the owner,
 * or is ending a session that they stole.
 */
async function sessionOf(
  deps: EndDeps,
  refreshToken: string | undefined,
  reason: UnauthenticatedReason | undefined,
) {
  if (refreshToken === undefined) {
    if (reason === 'SESSION_REVOKED') return undefined;
    throw new AuthError(AuthErrorCode.UNAUTHENTICATED, { reason: reason ?? 'TOKEN_MISSING' });
  }
  const { sessionId } = readRefreshToken(deps.refreshKeys, refreshToken);
  const userId = await deps.store.findOwner(deps.db, sessionId);
  return userId === undefined ? undefined : { userId, sessionId };
}
