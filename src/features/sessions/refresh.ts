import { recordAudit } from '../../audit/index.js';
import { type Actor, actingAs } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import type { SessionDeps } from './deps.js';
import { type RefreshTokenContents, readRefreshToken } from './refresh-token.js';
import type { Session } from './session.store.js';
import { issueTokens, type SignedIn } from './tokens.js';

/**
 * Answers a refresh token with a pair of tokens (RFC 9700 §4.14.2).
 *
 * - In the grace period after a rotation nothing moves: the current token and its predecessor are answered with
 *   the current refresh token. So any number of tabs, in any order, and lost answers do no harm.
 * - After it, the current token is exchanged for the next one, and any other token is reuse: somebody kept a
 *   copy. The session ends, and its owner is told.
 *
 * @throws AuthError TOKEN_INVALID
 */
export async function refresh(deps: SessionDeps, actor: Actor, token: string): Promise<SignedIn> {
  try {
    const signedIn = await exchange(deps, actor, token);
    deps.refreshes.inc({ outcome: 'succeeded' });
    return signedIn;
  } catch (error) {
    deps.refreshes.inc({ outcome: 'failed' });
    throw error;
  }
}

async function exchange(deps: SessionDeps, actor: Actor, token: string): Promise<SignedIn> {
  const presented = readRefreshToken(deps.refreshKeys, token);
  const session = await deps.db.transaction((tx) => redeem(deps, tx, actor, presented));
  const user = session && (await deps.users.load(session.userId));
  if (!session || !user) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  return issueTokens(deps, session, user);
}

/** The session whose current pair is the answer; undefined if there is none, or it has been ended for reuse. */
async function redeem(
  deps: SessionDeps,
  tx: Database,
  actor: Actor,
  { sessionId: id, counter }: RefreshTokenContents,
): Promise<Session | undefined> {
  const { store } = deps;
  const { graceSeconds } = deps.lifetimes;
  const rotation = { id, counter, graceSeconds, origin: actor.origin };
  const rotated = await store.rotate(tx, rotation);
  if (rotated !== undefined) return recordRotation(tx, actor, rotated);
  const found = await store.lockLive(tx, id, graceSeconds);
  if (found === undefined) return undefined;
  const { session, inGrace } = found;
  const isCurrent = counter === session.counter;
  if (inGrace && (isCurrent || counter === session.counter - 1)) return session;
  // The grace period has ended since the first look, at which another request held the row.
  if (isCurrent) {
    const late = await store.rotate(tx, rotation);
    return late && recordRotation(tx, actor, late);
  }
  await endReused(deps, tx, actor, found);
  return undefined;
}

async function recordRotation(tx: Database, actor: Actor, session: Session): Promise<Session> {
  const { userId } = session;
  await recordAudit(tx, actingAs(actor, userId), { type: 'TOKEN_REFRESHED', subjectId: userId });
  return session;
}

async function endReused(
  deps: SessionDeps,
  tx: Database,
  actor: Actor,
  { session: { id }, user }: { readonly session: Session; readonly user: User },
): Promise<void> {
  const userId = user.id;
  await deps.store.revoke(tx, userId, id, 'TOKEN_REUSED');
  deps.cache.forget([id]);
  await recordAudit(tx, actor, { type: 'TOKEN_REUSED', subjectId: userId, details: { session: id } });
  await deps.notices.send(tx, actor, user, 'session-reuse', {});
}
