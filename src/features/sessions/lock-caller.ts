import type { Principal } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import type { SessionDeps } from './deps.js';
import type { Session } from './session.model.js';

type CallerDeps = Pick<SessionDeps, 'users' | 'store'>;

/**
 * Locks the row of a signed-in user who changes their own account.
 * @throws AuthError UNAUTHENTICATED if the session has ended since the request began
 */
export async function lockCaller(deps: CallerDeps, tx: Database, caller: Principal): Promise<User> {
  const user = await deps.users.lock(tx, caller.userId);
  await requireLive(deps, tx, caller);
  return user as User;
}

/**
 * Checks the session of the caller again, in the transaction that writes. A deactivation or a change of role
 * ends all sessions of the user, so the caller of a live session still has the same role.
 * @throws AuthError UNAUTHENTICATED if the session has ended since the request began
 */
export async function requireLive(
  { store }: Pick<CallerDeps, 'store'>,
  tx: Database,
  { sessionId }: Principal,
): Promise<void> {
  if ((await store.findOwner(tx, sessionId)) !== undefined) return;
  throw new AuthError(AuthErrorCode.UNAUTHENTICATED, { reason: 'SESSION_REVOKED' });
}

/**
 * Records that a signed-in user has authenticated again in the session.
 * @param amr returns the methods of the session (RFC 8176), given those before
 * @throws AuthError UNAUTHENTICATED if the session has ended since the request began
 */
export async function recordAuthentication(
  { store }: Pick<CallerDeps, 'store'>,
  tx: Database,
  { sessionId }: Principal,
  amr: (first: readonly string[]) => readonly string[],
): Promise<Session> {
  const session = await store.recordAuthentication(tx, sessionId, amr);
  if (session === undefined)
    throw new AuthError(AuthErrorCode.UNAUTHENTICATED, { reason: 'SESSION_REVOKED' });
  return session;
}
