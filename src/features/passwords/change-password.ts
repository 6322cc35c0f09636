import { recordAudit } from '../../audit/index.js';
import type { SignedInActor } from '../../platform/actor.js';
import { badInput } from '../../platform/error.js';
import { invalidateTokens } from '../one-time-tokens/index.js';
import { confirmPassword, type TypedPassword } from './confirm-password.js';
import type { PasswordDeps } from './deps.js';
import { checkConfirmation, checkNewPassword, isSamePassword } from './policy.js';

export interface PasswordChange {
  readonly currentPassword?: TypedPassword;
  readonly newPassword: string;
  readonly confirmPassword: string;
}

/**
 * Changes the password of the actor. Ends all other sessions and invalidates all outstanding tokens
 * (ASVS 7.4.3). The current password is always required if there is one (ASVS 6.2.3); an account without a password
 * gets its first one after a recent authentication.
 * @throws AuthError BAD_USER_INPUT, INVALID_CREDENTIALS, ACCOUNT_LOCKED, REAUTHENTICATION_REQUIRED, UNAUTHENTICATED
 */
export async function changePassword(
  deps: PasswordDeps,
  actor: SignedInActor,
  input: PasswordChange,
): Promise<void> {
  const { userId, sessionId } = actor;
  checkConfirmation(input.newPassword, input.confirmPassword);
  const confirmed = await confirmPassword(deps, actor, input.currentPassword, 'currentPassword');
  if (input.currentPassword == null && confirmed.user.passwordHash !== null) {
    throw badInput({ field: 'currentPassword', message: 'Must not be empty.' });
  }
  await checkNewPassword(deps, input.newPassword, confirmed.user, 'newPassword');
  if (input.currentPassword != null && isSamePassword(input.newPassword, input.currentPassword)) {
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
