import { recordAudit } from '../../audit/index.js';
import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { SessionDeps } from './deps.js';
import { readRefreshToken } from './refresh-token.js';
import type { LockedSession, Rotated, Rotation, SessionTokens } from './session.model.js';
import { issueTokens } from './tokens.js';

/**
 * Exchanges a refresh token for a pair of tokens (RFC 9700 §4.14.2).
 *
 * - In the grace period after a rotation, the current and the previous refresh token are accepted, and the
 *   response carries the current one without a rotation. So concurrent requests of several tabs and lost
 *   responses do no harm.
 * - After the grace period, the current token is rotated. Any other token is a reuse, because somebody has
 *   kept a copy: the session ends, and its owner gets a mail.
 *
 * @throws AuthError TOKEN_INVALID
 */
export async function refresh(deps: SessionDeps, actor: Actor, token: string): Promise<SessionTokens> {
  try {
    const signedIn = await exchange(deps, actor, token);
    deps.refreshes.inc({ outcome: 'succeeded' });
    return signedIn;
  } catch (error) {
    deps.refreshes.inc({ outcome: 'failed' });
    throw error;
  }
}

async function exchange(deps: SessionDeps, actor: Actor, token: string): Promise<SessionTokens> {
  const { sessionId: id, counter } = readRefreshToken(deps.refreshKeys, token);
  const rotation = { id, counter, graceSeconds: deps.lifetimes.graceSeconds, origin: actor.origin };
  const redeemed =
    (await deps.rotations.rotate(rotation)) ??
    (await deps.db.transaction((tx) => redeemUnrotated(deps, tx, actor, rotation)));
  if (redeemed === undefined) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  return issueTokens(deps, redeemed.session, redeemed.user);
}

/**
 * The session and user to issue tokens for, of a token that could not be rotated. Undefined if the session is not live, or
 * was ended because of a reuse.
 */
async function redeemUnrotated(
  deps: SessionDeps,
  tx: Database,
  actor: Actor,
  rotation: Rotation,
): Promise<Rotated | undefined> {
  const { id, counter, graceSeconds } = rotation;
  const found = await deps.store.lockLive(tx, id, graceSeconds);
  if (found === undefined) return undefined;
  const { session, isInGrace } = found;
  const isCurrent = counter === session.counter;
  if (isInGrace && (isCurrent || counter === session.counter - 1)) return found;
  // The grace period ended while this request waited for another one that had locked the row.
  if (isCurrent) return deps.rotations.rotate(rotation, tx);
  await endReused(deps, tx, actor, found);
  return undefined;
}

async function endReused(
  deps: SessionDeps,
  tx: Database,
  actor: Actor,
  { session: { id }, user }: LockedSession,
): Promise<void> {
  const userId = user.id;
  await deps.store.revoke(tx, userId, id, 'TOKEN_REUSED');
  deps.cache.evict([id]);
  await recordAudit(tx, actor, { type: 'TOKEN_REUSED', subjectId: userId, details: { session: id } });
  await deps.notices.send(tx, actor, user, 'session-reuse', {});
}
