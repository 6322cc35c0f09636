import { recordAudit } from '../../audit/index.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { Principal, RequestOrigin } from '../../platform/principal.js';
import { nameInMails, type User } from '../accounts/index.js';
import { voidOutstanding } from '../one-time-tokens/index.js';
import type { AdministrationDeps } from './deps.js';
import { invite } from './invite.js';
import { keepAnAdmin, lockTarget } from './target.js';

/**
 * Closes an account: all sessions end at once, and outstanding tokens are void. One that is closed stays so.
 * @throws AuthError NOT_FOUND, LAST_ADMIN
 */
export function deactivateUser(
  deps: AdministrationDeps,
  id: string,
  caller: Principal,
  client: RequestOrigin,
): Promise<User> {
  return deps.db.transaction(async (tx) => {
    await deps.users.holdAdmins(tx);
    const target = await lockTarget(deps, tx, id, caller);
    if (!target.isActive) return target;
    await keepAnAdmin(deps, tx, target);
    const user = await deps.users.update(tx, target.id, { isActive: false });
    await deps.sessions.endAll(tx, user.id, 'DEACTIVATED');
    await voidOutstanding(deps, tx, user.id);
    await recordAudit(tx, { type: 'USER_DEACTIVATED', actorId: caller.userId, subjectId: user.id, client });
    return user;
  });
}

/**
 * Opens an account again. If it has no password, it is invited again: the deactivation voided the invitation.
 * @throws AuthError NOT_FOUND
 */
export function activateUser(
  deps: AdministrationDeps,
  id: string,
  caller: Principal,
  client: RequestOrigin,
): Promise<User> {
  return deps.db.transaction(async (tx) => {
    const target = await lockTarget(deps, tx, id, caller);
    if (target.isActive) return target;
    const user = await deps.users.update(tx, target.id, { isActive: true });
    await recordAudit(tx, { type: 'USER_ACTIVATED', actorId: caller.userId, subjectId: user.id, client });
    if (user.passwordHash === null) await invite(deps, tx, user);
    return user;
  });
}

/**
 * Lifts every lock of an account.
 * @throws AuthError NOT_FOUND
 */
export function unlockUser(
  deps: AdministrationDeps,
  id: string,
  caller: Principal,
  client: RequestOrigin,
): Promise<User> {
  return deps.db.transaction(async (tx) => {
    const user = await lockTarget(deps, tx, id, caller);
    await deps.lockout.unlock(tx, user);
    await recordAudit(tx, { type: 'ACCOUNT_UNLOCKED', actorId: caller.userId, subjectId: user.id, client });
    return user;
  });
}

/**
 * Ends all sessions of a user.
 * @throws AuthError NOT_FOUND
 */
export async function revokeUserSessions(
  deps: AdministrationDeps,
  id: string,
  caller: Principal,
  client: RequestOrigin,
): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const user = await lockTarget(deps, tx, id, caller);
    const ended = await deps.sessions.endAll(tx, user.id, 'REVOKED');
    const details = { ended };
    await recordAudit(tx, {
      type: 'SESSION_REVOKED',
      actorId: caller.userId,
      subjectId: user.id,
      client,
      details,
    });
  });
}

/**
 * Removes the second factor of a user who has lost every one, and tells them.
 * @throws AuthError NOT_FOUND, TWO_FACTOR_NOT_ENABLED
 */
export function resetUserTwoFactor(
  deps: AdministrationDeps,
  id: string,
  caller: Principal,
  client: RequestOrigin,
): Promise<User> {
  return deps.db.transaction(async (tx) => {
    const user = await lockTarget(deps, tx, id, caller);
    if (!(await deps.twoFactor.reset(tx, user.id))) throw new AuthError(AuthErrorCode.TWO_FACTOR_NOT_ENABLED);
    await recordAudit(tx, {
      type: 'TWO_FACTOR_DISABLED',
      actorId: caller.userId,
      subjectId: user.id,
      client,
    });
    // A deactivated account gets no mail.
    if (!user.isActive) return user;
    await deps.outbox.enqueue(tx, 'two-factor-disabled', user.email, {
      name: nameInMails(user),
      at: new Date().toISOString(),
    });
    return user;
  });
}
