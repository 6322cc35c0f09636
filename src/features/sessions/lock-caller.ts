import type { Principal } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import type { SessionDeps } from './deps.js';

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
