import { recordAudit } from '../audit/index.js';
import { voidOutstanding } from '../one-time-tokens/index.js';
import { badInput } from '../platform/error.js';
import type { Client, Principal } from '../platform/principal.js';
import { confirmPassword } from './confirm-password.js';
import type { PasswordParts } from './parts.js';
import { checkConfirmation, checkNewPassword } from './policy.js';

export interface PasswordChange {
  readonly currentPassword: string;
  readonly newPassword: string;
  readonly confirmPassword: string;
}

/**
 * Changes one's own password. The session that asks stays; all others end, and every outstanding token is void
 * (ASVS 7.4.3).
 * @throws AuthError BAD_USER_INPUT, INVALID_CREDENTIALS, ACCOUNT_LOCKED, UNAUTHENTICATED
 */
export async function changePassword(
  parts: PasswordParts,
  input: PasswordChange,
  caller: Principal,
  client: Client,
): Promise<void> {
  const { userId, sessionId } = caller;
  checkConfirmation(input.newPassword, input.confirmPassword);
  const confirmed = await confirmPassword(parts, caller, input.currentPassword, 'currentPassword');
  if (input.newPassword === input.currentPassword) {
    throw badInput({ field: 'newPassword', message: 'Is the current password.' });
  }
  await checkNewPassword(input.newPassword, confirmed.user, 'newPassword');
  const passwordHash = await parts.hashing.hash(input.newPassword);
  await parts.db.transaction(async (tx) => {
    const user = await confirmed.lock(tx);
    await parts.users.setPasswordHash(tx, userId, passwordHash);
    await parts.sessions.endAll(tx, userId, 'PASSWORD_CHANGED', sessionId);
    await voidOutstanding(parts, tx, userId);
    await recordAudit(tx, { type: 'PASSWORD_CHANGED', actorId: userId, subjectId: userId, client });
    await parts.mailPasswordChanged(tx, user, client);
  });
}
