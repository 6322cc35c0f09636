import { recordAudit } from '../../audit/index.js';
import type { Database } from '../../platform/database.js';
import type { RequestOrigin } from '../../platform/principal.js';
import type { User } from '../accounts/index.js';
import { MAX_SESSIONS, type Session, type SessionStore } from './session.store.js';
import type { SessionCache } from './session-cache.js';

export interface SessionLifetimes {
  /** Days that a session lives, used or not. */
  readonly days: number;
  /** The same with "remember me". */
  readonly rememberedDays: number;
}

export interface StartSession {
  readonly user: User;
  readonly remembered: boolean;
  readonly amr: readonly string[];
  readonly client: RequestOrigin;
}

/**
 * Opens a session for a user who has passed every factor and whose row is locked. Its life is fixed here and never
 * extended. Above the limit of live sessions the least recently used one ends.
 */
export async function startSession(
  tx: Database,
  { store, cache }: { readonly store: SessionStore; readonly cache: SessionCache },
  lifetimes: SessionLifetimes,
  { user, remembered, amr, client }: StartSession,
): Promise<Session> {
  const days = remembered ? lifetimes.rememberedDays : lifetimes.days;
  const session = await store.insert(tx, { userId: user.id, remembered, days, amr, client });
  const surplus = await store.revokeSurplus(tx, user.id);
  cache.forget(surplus);
  if (surplus.length > 0) {
    const details = { ended: surplus.length, limit: MAX_SESSIONS };
    await recordAudit(tx, { type: 'SESSION_REVOKED', subjectId: user.id, client, details });
  }
  return session;
}
