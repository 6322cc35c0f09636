import type { Principal } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { AuthenticationStore } from './authentication.store.js';
import type { Session } from './session.model.js';

/**
 * Records that a signed-in user has authenticated again in the session.
 * @param amr returns the methods of the session (RFC 8176), given those before
 * @throws AuthError UNAUTHENTICATED if the session has ended since the request began
 */
export async function recordAuthentication(
  store: AuthenticationStore,
  tx: Database,
  { sessionId }: Principal,
  amr: (first: readonly string[]) => readonly string[],
): Promise<Session> {
  const session = await store.record(tx, sessionId, amr);
  if (session !== undefined) return session;
  throw new AuthError(AuthErrorCode.UNAUTHENTICATED, { reason: 'SESSION_REVOKED' });
}
