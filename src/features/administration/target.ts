import { Role, type SignedInActor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import { isId } from '../../platform/id.js';
import type { User } from '../accounts/index.js';
import type { AdministrationDeps } from './deps.js';

/**
 * The account that is to be changed, locked until the transaction ends. The caller is checked again: two admins who
 * deactivate each other at the same time must not both succeed.
 * @throws AuthError NOT_FOUND, also for a malformed id
 * @throws AuthError UNAUTHENTICATED if the caller's session has ended since the request began
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
 * Staff may edit customers, admins anybody (ASVS 8.2.2).
 * @throws AuthError FORBIDDEN
 */
export function refuseBeyond(actor: SignedInActor, target: User): void {
  if (actor.role !== Role.ADMIN && target.role !== Role.CUSTOMER)
    throw new AuthError(AuthErrorCode.FORBIDDEN);
}

/**
 * Call before an admin stops being one, with `holdAdmins` before that: of two requests that would each leave the
 * other's admin as the last, the second waits, looks again and is refused.
 * @throws AuthError LAST_ADMIN
 */
export async function keepAnAdmin({ users }: AdministrationDeps, tx: Database, leaving: User): Promise<void> {
  if (leaving.role !== Role.ADMIN || !leaving.isActive) return;
  if (!(await users.hasActiveAdmin(tx, leaving.id))) throw new AuthError(AuthErrorCode.LAST_ADMIN);
}
