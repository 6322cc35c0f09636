import { recordAudit } from '../../audit/index.js';
import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import type { User } from '../accounts/index.js';
import type { SessionDeps } from './deps.js';
import { MAX_SESSIONS, type Session } from './session.store.js';

export interface NewSession {
  /** Locked by the transaction. */
  readonly user: User;
  readonly remembered: boolean;
  /** The authentication methods that were used (RFC 8176). */
  readonly amr: readonly string[];
}

/**
 * Opens a session for a user who has passed every factor. Its expiry is fixed here and never extended. Above the limit
 * of live sessions, the least recently used session ends.
 */
export async function startSession(
  { store, cache, lifetimes }: SessionDeps,
  tx: Database,
  actor: Actor,
  { user, remembered, amr }: NewSession,
): Promise<Session> {
  const days = remembered ? lifetimes.rememberedDays : lifetimes.days;
  const { origin } = actor;
  const session = await store.insert(tx, { userId: user.id, remembered, days, amr, origin });
  const surplus = await store.revokeSurplus(tx, user.id);
  cache.forget(surplus);
  if (surplus.length > 0) {
    const details = { ended: surplus.length, limit: MAX_SESSIONS };
    await recordAudit(tx, { origin }, { type: 'SESSION_REVOKED', subjectId: user.id, details });
  }
  return session;
}
