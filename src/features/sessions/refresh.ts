import { recordAudit } from '../../audit/index.js';
import type { Outbox } from '../../mail/index.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { Keyring } from '../../platform/keyring.js';
import type { RequestOrigin } from '../../platform/principal.js';
import type { AccessTokens } from '../access-tokens/index.js';
import { nameInMails, type User, type UserStore } from '../accounts/index.js';
import { type RefreshTokenDeps, readRefreshToken } from './refresh-token.js';
import type { Session, SessionStore } from './session.store.js';
import type { SessionCache } from './session-cache.js';
import { issueTokens, type SignedIn } from './tokens.js';

export interface RefreshDeps {
  readonly db: Database;
  readonly users: UserStore;
  readonly store: SessionStore;
  readonly cache: SessionCache;
  readonly tokens: AccessTokens;
  readonly refreshKeys: Keyring;
  readonly outbox: Outbox;
  /** How long the token before the current one is still answered, in seconds. */
  readonly graceSeconds: number;
}

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
export async function refresh(deps: RefreshDeps, token: string, client: RequestOrigin): Promise<SignedIn> {
  const presented = readRefreshToken(deps.refreshKeys, token);
  const session = await deps.db.transaction((tx) => redeem(deps, tx, presented, client));
  const user = session && (await deps.users.load(session.userId));
  if (!session || !user) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  return issueTokens(deps.tokens, deps.refreshKeys, session, user);
}

/** The session whose current pair is the answer; undefined if there is none, or it has been ended for reuse. */
async function redeem(
  deps: RefreshDeps,
  tx: Database,
  { sessionId: id, counter }: RefreshTokenDeps,
  client: RequestOrigin,
): Promise<Session | undefined> {
  const { store, graceSeconds } = deps;
  const rotation = { id, counter, graceSeconds, client };
  const rotated = await store.rotate(tx, rotation);
  if (rotated !== undefined) return recordRotation(tx, rotated, client);
  const found = await store.lockLive(tx, id, graceSeconds);
  if (found === undefined) return undefined;
  const { session, inGrace } = found;
  const isCurrent = counter === session.counter;
  if (inGrace && (isCurrent || counter === session.counter - 1)) return session;
  // The grace period has ended since the first look, at which another request held the row.
  if (isCurrent) {
    const late = await store.rotate(tx, rotation);
    return late && recordRotation(tx, late, client);
  }
  await endReused(deps, tx, found, client);
  return undefined;
}

async function recordRotation(tx: Database, session: Session, client: RequestOrigin): Promise<Session> {
  const { userId } = session;
  await recordAudit(tx, { type: 'TOKEN_REFRESHED', actorId: userId, subjectId: userId, client });
  return session;
}

async function endReused(
  deps: RefreshDeps,
  tx: Database,
  { session: { id }, user }: { readonly session: Session; readonly user: User },
  client: RequestOrigin,
): Promise<void> {
  const userId = user.id;
  await deps.store.revoke(tx, userId, id, 'TOKEN_REUSED');
  deps.cache.forget([id]);
  await recordAudit(tx, { type: 'TOKEN_REUSED', subjectId: userId, client, details: { session: id } });
  await deps.outbox.enqueue(tx, 'session-reuse', user.email, {
    name: nameInMails(user),
    at: new Date().toISOString(),
    ipAddress: client.ipAddress,
    userAgent: client.userAgent,
  });
}
