import { nameInMails, type UserStore } from '../accounts/index.js';
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
 * Swaps a refresh token for the next pair (RFC 9700 §4.14.2).
 *
 * - The current token: the counter moves on, by one compare-and-swap.
 * - The one before it, within the grace of that swap: the current pair again; nothing moves, so the window
 *   never slides. Two tabs, or an answer that got lost, do not end a session.
 * - Anything older, or later: somebody kept a copy. The session ends, and its owner is told.
 *
 * @throws AuthError TOKEN_INVALID
 */
export async function refresh(parts: RefreshParts, token: string, client: Client): Promise<SignedIn> {
  const presented = readRefreshToken(parts.refreshKeys, token);
  const session = (await rotate(parts, presented, client)) ?? (await repeatOrEnd(parts, presented, client));
  const user = session && (await parts.users.load(session.userId));
  if (!session || !user) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  return issueTokens(parts.tokens, parts.refreshKeys, session, user);
}

async function rotate(
  parts: RefreshParts,
  presented: RefreshTokenParts,
  client: Client,
): Promise<Session | undefined> {
  return parts.db.transaction(async (tx) => {
    const session = await parts.store.compareAndSwapCounter(
      tx,
      presented.sessionId,
      presented.counter,
      client,
    );
    if (session === undefined) return undefined;
    const { userId } = session;
    await recordAudit(tx, { type: 'TOKEN_REFRESHED', actorId: userId, subjectId: userId, client });
    return session;
  });
}

/** The current session where the token is the one before within the grace; else the end of the session. */
async function repeatOrEnd(
  parts: RefreshParts,
  presented: RefreshTokenParts,
  client: Client,
): Promise<Session | undefined> {
  const found = await parts.store.findLive(parts.db, presented.sessionId, parts.graceSeconds);
  if (found === undefined) return undefined;
  const isPredecessor = presented.counter === found.session.counter - 1;
  if (isPredecessor && found.inGrace) return found.session;
  await endReused(parts, found.session, client);
  return undefined;
}

async function endReused(parts: RefreshParts, session: Session, client: Client): Promise<void> {
  const { userId } = session;
  const user = await parts.users.load(userId);
  await parts.db.transaction(async (tx) => {
    const ended = await parts.store.revoke(tx, userId, session.id, 'TOKEN_REUSED');
    // Of many reuses at once, one ends the session and tells of it.
    if (ended === undefined || user === null) return;
    await recordAudit(tx, {
      type: 'TOKEN_REUSED',
      subjectId: userId,
      client,
      details: { session: session.id },
    });
    await parts.outbox.enqueue(tx, 'session-reuse', user.email, {
      name: nameInMails(user),
      at: new Date().toISOString(),
      ipAddress: client.ipAddress,
      userAgent: client.userAgent,
    });
    await parts.cache.distrust(tx, [session.id]);
  });
}
