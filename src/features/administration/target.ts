import { Role, type SignedInActor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import { isId } from '../../platform/id.js';
import type { User } from '../accounts/index.js';
import type { AdministrationDeps } from './deps.js';

/**
 * Finds the account to change and locks it until the transaction ends. Checks the session of the actor again,
 * because two admins who deactivate each other at the same time must not both succeed.
 * @throws AuthError NOT_FOUND, also for a malformed id
 * @throws AuthError UNAUTHENTICATED if the session of the actor has ended since the request began
 */
export async function lockTarget(
  { users, sessions }: AdministrationDeps,
  tx: Database,
  actor: SignedInActor,
  id: string,
): Promise<User> {
  const user = isId(id) ? await users.lock(tx, id) : undefined;
  await sessions.requireLive(tx, actor);
  if (user === undefined || user.pending) throw new AuthError(AuthErrorCode.NOT_FOUND);
  return user;
}

/**
 * Staff may edit customers, admins may edit anybody (ASVS 8.2.2).
 * @throws AuthError FORBIDDEN
 */
export function requireMayEdit(actor: SignedInActor, target: User): void {
  if (actor.role !== Role.ADMIN && target.role !== Role.CUSTOMER)
    throw new AuthError(AuthErrorCode.FORBIDDEN);
}

/**
 * Refuses to remove the last active admin. Call it after `lockAdmins` and before the change: if two concurrent
 * requests remove the last two admins, the second request then waits for the first and is refused.
 * @throws AuthError LAST_ADMIN if the target is the only active admin
 */
export async function requireAnotherAdmin(
  { users }: AdministrationDeps,
  tx: Database,
  target: User,
): Promise<void> {
  if (target.role !== Role.ADMIN || !target.isActive) return;
  if (!(await users.hasActiveAdmin(tx, target.id))) throw new AuthError(AuthErrorCode.LAST_ADMIN);
}
