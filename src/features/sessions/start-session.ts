import { recordAudit } from '../../audit/index.js';
import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import type { User } from '../accounts/index.js';
import type { SessionDeps } from './deps.js';
import type { Session } from './session.model.js';
import { MAX_SESSIONS } from './session.store.js';

export interface NewSession {
  /** The caller has locked the user. */
  readonly user: User;
  readonly remembered: boolean;
  /** The authentication methods that were used (RFC 8176). */
  readonly amr: readonly string[];
}

/**
 * Starts a session for a user who has passed every factor. The expiry is fixed here and never extended. If
 * the user exceeds the maximum of live sessions, the least recently used session ends.
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
  cache.evict(surplus);
  if (surplus.length > 0) {
    const details = { ended: surplus.length, limit: MAX_SESSIONS };
    await recordAudit(tx, { origin }, { type: 'SESSION_REVOKED', subjectId: user.id, details });
  }
  return session;
}
