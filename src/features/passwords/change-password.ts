import { recordAudit } from '../../audit/index.js';
import type { SignedInActor } from '../../platform/actor.js';
import { badInput } from '../../platform/error.js';
import { invalidateTokens } from '../one-time-tokens/index.js';
import { confirmPassword } from './confirm-password.js';
import type { PasswordDeps } from './deps.js';
import { checkConfirmation, checkNewPassword, isSamePassword } from './policy.js';

export interface PasswordChange {
  readonly currentPassword: string;
  readonly newPassword: string;
  readonly confirmPassword: string;
}

/**
 * Changes the password of the actor. Ends all other sessions and invalidates all outstanding tokens
 * (ASVS 7.4.3).
 * @throws AuthError BAD_USER_INPUT, INVALID_CREDENTIALS, ACCOUNT_LOCKED, UNAUTHENTICATED
 */
export async function changePassword(
  deps: PasswordDeps,
  actor: SignedInActor,
  input: PasswordChange,
): Promise<void> {
  const { userId, sessionId } = actor;
  checkConfirmation(input.newPassword, input.confirmPassword);
  const confirmed = await confirmPassword(deps, actor, input.currentPassword, 'currentPassword');
  await checkNewPassword(deps, input.newPassword, confirmed.user, 'newPassword');
  if (isSamePassword(input.newPassword, input.currentPassword)) {
    throw badInput({ field: 'newPassword', message: 'Is the current password.' });
  }
  const passwordHash = await deps.hashing.hash(input.newPassword);
  await deps.db.transaction(async (tx) => {
    const user = await confirmed.lock(tx);
    await deps.users.setPasswordHash(tx, userId, passwordHash);
    await deps.sessions.endAll(tx, userId, 'PASSWORD_CHANGED', sessionId);
    await invalidateTokens(deps, tx, userId);
    await recordAudit(tx, actor, { type: 'PASSWORD_CHANGED', subjectId: userId });
    await deps.notices.send(tx, actor, user, 'password-changed', {});
  });
}
