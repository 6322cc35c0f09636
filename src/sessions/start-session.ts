import type { User } from '../accounts/index.js';
import type { Database } from '../platform/database.js';
import type { Client } from '../platform/principal.js';
import type { Session, SessionStore } from './session.store.js';

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
  readonly client: Client;
}

/** Opens a session for a user who has passed every factor. Its life is fixed here and never extended. */
export function startSession(
  tx: Database,
  store: SessionStore,
  lifetimes: SessionLifetimes,
  { user, remembered, amr, client }: StartSession,
): Promise<Session> {
  const days = remembered ? lifetimes.rememberedDays : lifetimes.days;
  return store.insert(tx, { userId: user.id, remembered, days, amr, client });
}
