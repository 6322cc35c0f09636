import { recordAudit } from '../audit/index.js';
import { purposeOf } from '../one-time-tokens/index.js';
import { type Database, violatedUnique } from '../platform/database.js';
import { AuthError, AuthErrorCode } from '../platform/error.js';
import type { Client } from '../platform/principal.js';
import type { PasswordParts } from './passwords.js';
import { checkConfirmation, checkNewPassword } from './policy.js';

export interface PasswordReset {
  readonly token: string;
  readonly newPassword: string;
  readonly confirmPassword: string;
}

/**
 * Sets a password by the token of a mail (a reset's or an invitation's). It proves that the mailbox is the
 * user's: the address is verified, locks are lifted. It signs nobody in, ends all sessions, forgets known
 * devices, voids every outstanding token, and leaves the second factor as it is (ASVS 6.4.3, 7.4.3).
 * @throws AuthError BAD_USER_INPUT, TOKEN_INVALID
 */
export async function resetPassword(
  parts: PasswordParts,
  input: PasswordReset,
  client: Client,
): Promise<void> {
  checkConfirmation(input.newPassword, input.confirmPassword);
  const purpose = redeemablePurpose(input.token);
  // The token is only looked at: a password that is refused must not use it up.
  const user = await parts.users.findWithPending(await parts.tokens.ownerOf(purpose, input.token));
  if (!user?.isActive) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  await checkNewPassword(input.newPassword, user, 'newPassword');
  const passwordHash = await parts.hashing.hash(input.newPassword);
  try {
    await parts.db.transaction(async (tx) => {
      const { userId } = await parts.tokens.consumeOnce(tx, purpose, input.token);
      await setPassword(parts, tx, userId, passwordHash, client);
    });
  } catch (error) {
    // Somebody else has verified the address of this registration meanwhile.
    if (violatedUnique(error) === 'users_email_unique') throw new AuthError(AuthErrorCode.TOKEN_INVALID);
    throw error;
  }
}

function redeemablePurpose(token: string): 'RESET_PASSWORD' | 'INVITATION' {
  const purpose = purposeOf(token);
  if (purpose === 'RESET_PASSWORD' || purpose === 'INVITATION') return purpose;
  throw new AuthError(AuthErrorCode.TOKEN_INVALID);
}

async function setPassword(
  parts: PasswordParts,
  tx: Database,
  userId: string,
  passwordHash: string,
  client: Client,
): Promise<void> {
  const seen = await parts.users.lock(tx, userId);
  if (!seen?.isActive) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  const user = await parts.users.markVerified(tx, userId);
  await parts.users.setPasswordHash(tx, userId, passwordHash);
  await parts.sessions.endAll(tx, userId, 'PASSWORD_RESET');
  await parts.lockout.reset(tx, user);
  await parts.tokens.voidAll(tx, [userId, ...(await parts.users.pendingRivals(tx, user))]);
  await recordAudit(tx, { type: 'PASSWORD_RESET', subjectId: userId, client });
  if (!seen.emailVerified) await recordAudit(tx, { type: 'EMAIL_VERIFIED', subjectId: userId, client });
  await parts.mailPasswordChanged(tx, user, client);
}
