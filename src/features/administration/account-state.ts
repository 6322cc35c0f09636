import { recordAudit } from '../../audit/index.js';
import { OPERATOR, type SignedInActor } from '../../platform/actor.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import { invalidateTokens } from '../one-time-tokens/index.js';
import type { AdministrationDeps } from './deps.js';
import { invite } from './invite.js';
import { lockTarget, requireAnotherAdmin } from './target.js';

/**
 * Deactivates an account: ends all its sessions and revokes its outstanding tokens. Does nothing if the
 * account is already deactivated.
 * @throws AuthError NOT_FOUND, LAST_ADMIN
 */
export function deactivateUser(deps: AdministrationDeps, actor: SignedInActor, id: string): Promise<User> {
  return deps.db.transaction(async (tx) => {
    await deps.users.lockAdmins(tx);
    const target = await lockTarget(deps, tx, actor, id);
    if (!target.isActive) return target;
    await requireAnotherAdmin(deps, tx, target);
    const user = await deps.users.update(tx, target.id, { isActive: false });
    await deps.sessions.endAll(tx, user.id, 'DEACTIVATED');
    await invalidateTokens(deps, tx, user.id);
    await recordAudit(tx, actor, { type: 'USER_DEACTIVATED', subjectId: user.id });
    return user;
  });
}

/**
 * Activates an account. If its user has no way to sign in, mails a new invitation, because the deactivation revoked the
 * old one.
 * @throws AuthError NOT_FOUND
 */
export function activateUser(deps: AdministrationDeps, actor: SignedInActor, id: string): Promise<User> {
  return deps.db.transaction(async (tx) => {
    const target = await lockTarget(deps, tx, actor, id);
    if (target.isActive) return target;
    const user = await deps.users.update(tx, target.id, { isActive: true });
    await recordAudit(tx, actor, { type: 'USER_ACTIVATED', subjectId: user.id });
    if (!(await deps.signIn.hasMethod(tx, user))) await invite(deps, tx, user);
    return user;
  });
}

/**
 * Removes all locks of an account.
 * @throws AuthError NOT_FOUND
 */
export function unlockUser(deps: AdministrationDeps, actor: SignedInActor, id: string): Promise<User> {
  return deps.db.transaction(async (tx) => {
    const user = await lockTarget(deps, tx, actor, id);
    await deps.lockout.unlock(tx, user);
    await recordAudit(tx, actor, { type: 'ACCOUNT_UNLOCKED', subjectId: user.id });
    return user;
  });
}

/**
 * Ends all sessions of a user.
 * @throws AuthError NOT_FOUND
 */
export async function revokeUserSessions(
  deps: AdministrationDeps,
  actor: SignedInActor,
  id: string,
): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const user = await lockTarget(deps, tx, actor, id);
    const ended = await deps.sessions.endAll(tx, user.id, 'REVOKED');
    const details = { ended };
    await recordAudit(tx, actor, { type: 'SESSION_REVOKED', subjectId: user.id, details });
  });
}

/**
 * Removes all second factors of a user who has lost them, passkeys included, and notifies the user by mail. If no way to
 * sign in is left, mails an invitation.
 * @throws AuthError NOT_FOUND, TWO_FACTOR_NOT_ENABLED
 */
export function resetUserTwoFactor(
  deps: AdministrationDeps,
  actor: SignedInActor,
  id: string,
): Promise<User> {
  return deps.db.transaction(async (tx) => {
    const user = await lockTarget(deps, tx, actor, id);
    if (!(await deps.secondFactors.remove(tx, user.id)))
      throw new AuthError(AuthErrorCode.TWO_FACTOR_NOT_ENABLED);
    await recordAudit(tx, actor, { type: 'TWO_FACTOR_DISABLED', subjectId: user.id });
    if (!(await deps.signIn.hasMethod(tx, user))) await invite(deps, tx, user);
    // The mail names neither the address nor the device of the admin.
    await deps.notices.send(tx, OPERATOR, user, 'two-factor-disabled', {});
    return user;
  });
}
