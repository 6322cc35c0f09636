import { nameInMails, type User } from '../accounts/index.js';
import { recordAudit } from '../audit/index.js';
import { voidOutstanding } from '../one-time-tokens/index.js';
import { AuthError, AuthErrorCode } from '../platform/error.js';
import type { Client, Principal } from '../platform/principal.js';
import { invite } from './invite.js';
import type { AdministrationParts } from './parts.js';
import { keepAnAdmin, lockTarget } from './target.js';

/**
 * Closes an account: all sessions end at once, and outstanding tokens are void. One that is closed stays so.
 * @throws AuthError NOT_FOUND, LAST_ADMIN
 */
export function deactivateUser(
  parts: AdministrationParts,
  id: string,
  caller: Principal,
  client: Client,
): Promise<User> {
  return parts.db.transaction(async (tx) => {
    await parts.users.holdAdmins(tx);
    const target = await lockTarget(parts, tx, id, caller);
    if (!target.isActive) return target;
    await keepAnAdmin(parts, tx, target);
    const user = await parts.users.update(tx, target.id, { isActive: false });
    await parts.sessions.endAll(tx, user.id, 'DEACTIVATED');
    await voidOutstanding(parts, tx, user.id);
    await recordAudit(tx, { type: 'USER_DEACTIVATED', actorId: caller.userId, subjectId: user.id, client });
    return user;
  });
}

/**
 * Opens an account again. If it has no password, it is invited again: the deactivation voided the invitation.
 * @throws AuthError NOT_FOUND
 */
export function activateUser(
  parts: AdministrationParts,
  id: string,
  caller: Principal,
  client: Client,
): Promise<User> {
  return parts.db.transaction(async (tx) => {
    const target = await lockTarget(parts, tx, id, caller);
    if (target.isActive) return target;
    const user = await parts.users.update(tx, target.id, { isActive: true });
    await recordAudit(tx, { type: 'USER_ACTIVATED', actorId: caller.userId, subjectId: user.id, client });
    if (user.passwordHash === null) await invite(parts, tx, user);
    return user;
  });
}

/**
 * Lifts every lock of an account.
 * @throws AuthError NOT_FOUND
 */
export function unlockUser(
  parts: AdministrationParts,
  id: string,
  caller: Principal,
  client: Client,
): Promise<User> {
  return parts.db.transaction(async (tx) => {
    const user = await lockTarget(parts, tx, id, caller);
    await parts.lockout.unlock(tx, user);
    await recordAudit(tx, { type: 'ACCOUNT_UNLOCKED', actorId: caller.userId, subjectId: user.id, client });
    return user;
  });
}

/**
 * Ends all sessions of a user.
 * @throws AuthError NOT_FOUND
 */
export async function revokeUserSessions(
  parts: AdministrationParts,
  id: string,
  caller: Principal,
  client: Client,
): Promise<void> {
  await parts.db.transaction(async (tx) => {
    const user = await lockTarget(parts, tx, id, caller);
    const ended = await parts.sessions.endAll(tx, user.id, 'REVOKED');
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
  parts: AdministrationParts,
  id: string,
  caller: Principal,
  client: Client,
): Promise<User> {
  return parts.db.transaction(async (tx) => {
    const user = await lockTarget(parts, tx, id, caller);
    if (!(await parts.twoFactor.reset(tx, user.id)))
      throw new AuthError(AuthErrorCode.TWO_FACTOR_NOT_ENABLED);
    await recordAudit(tx, {
      type: 'TWO_FACTOR_DISABLED',
      actorId: caller.userId,
      subjectId: user.id,
      client,
    });
    // A deactivated account gets no mail.
    if (!user.isActive) return user;
    await parts.outbox.enqueue(tx, 'two-factor-disabled', user.email, {
      name: nameInMails(user),
      at: new Date().toISOString(),
    });
    return user;
  });
}
