import { nameInMails, type User, type UserStore } from '../accounts/index.js';
import { recordAudit } from '../audit/index.js';
import type { Outbox } from '../mail/index.js';
import type { Database } from '../platform/database.js';
import { AuthError, AuthErrorCode } from '../platform/error.js';
import type { Keyring } from '../platform/keyring.js';
import type { Client } from '../platform/principal.js';
import type { AccessTokens } from './access-token.js';
import { type RefreshTokenParts, readRefreshToken } from './refresh-token.js';
import type { Session, SessionStore } from './session.store.js';
import type { SessionCache } from './session-cache.js';
import { issueTokens, type SignedIn } from './tokens.js';

export interface RefreshParts {
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
export async function refresh(parts: RefreshParts, token: string, client: Client): Promise<SignedIn> {
  const presented = readRefreshToken(parts.refreshKeys, token);
  const session = await parts.db.transaction((tx) => redeem(parts, tx, presented, client));
  const user = session && (await parts.users.load(session.userId));
  if (!session || !user) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  return issueTokens(parts.tokens, parts.refreshKeys, session, user);
}

/** The session whose current pair is the answer; undefined if there is none, or it has been ended for reuse. */
async function redeem(
  parts: RefreshParts,
  tx: Database,
  { sessionId: id, counter }: RefreshTokenParts,
  client: Client,
): Promise<Session | undefined> {
  const { store, graceSeconds } = parts;
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
  await endReused(parts, tx, found, client);
  return undefined;
}

async function recordRotation(tx: Database, session: Session, client: Client): Promise<Session> {
  const { userId } = session;
  await recordAudit(tx, { type: 'TOKEN_REFRESHED', actorId: userId, subjectId: userId, client });
  return session;
}

async function endReused(
  parts: RefreshParts,
  tx: Database,
  { session: { id }, user }: { readonly session: Session; readonly user: User },
  client: Client,
): Promise<void> {
  const userId = user.id;
  await parts.store.revoke(tx, userId, id, 'TOKEN_REUSED');
  parts.cache.forget([id]);
  await recordAudit(tx, { type: 'TOKEN_REUSED', subjectId: userId, client, details: { session: id } });
  await parts.outbox.enqueue(tx, 'session-reuse', user.email, {
    name: nameInMails(user),
    at: new Date().toISOString(),
    ipAddress: client.ipAddress,
    userAgent: client.userAgent,
  });
}
