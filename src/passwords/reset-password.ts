import type { User } from '../accounts/index.js';
import { recordAudit } from '../audit/index.js';
import { proveAddress, purposeOf, redeemToken, voidOutstanding } from '../one-time-tokens/index.js';
import type { Database } from '../platform/database.js';
import { AuthError, AuthErrorCode } from '../platform/error.js';
import type { Client } from '../platform/principal.js';
import type { PasswordParts } from './parts.js';
import { checkConfirmation, checkNewPassword } from './policy.js';

export interface PasswordReset {
  readonly token: string;
  readonly newPassword: string;
  readonly confirmPassword: string;
}

/**
 * Sets a password by the token of a mail (a reset's or an invitation's). It proves that the mailbox is the
 * user's: the address is verified, locks are lifted. It signs nobody in, ends all sessions, forgets known
 * devices, voids every outstanding token, and keeps the second factor (ASVS 6.4.3, 7.4.3). If the address had not
 * been verified before, the second factor goes as well: a stranger may have planted it.
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
  const user = await parts.users.findWithPending((await parts.tokens.peek(purpose, input.token)).userId);
  if (!user?.isActive) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  await checkNewPassword(input.newPassword, user, 'newPassword');
  const passwordHash = await parts.hashing.hash(input.newPassword);
  await parts.db.transaction(async (tx) => {
    const redeemed = await redeemToken(parts, tx, purpose, input.token);
    await setPassword(parts, tx, redeemed.user, passwordHash, client);
  });
}

function redeemablePurpose(token: string): 'RESET_PASSWORD' | 'INVITATION' {
  const purpose = purposeOf(token);
  if (purpose === 'RESET_PASSWORD' || purpose === 'INVITATION') return purpose;
  throw new AuthError(AuthErrorCode.TOKEN_INVALID);
}

async function setPassword(
  parts: PasswordParts,
  tx: Database,
  seen: User,
  passwordHash: string,
  client: Client,
): Promise<void> {
  await recordAudit(tx, { type: 'PASSWORD_RESET', subjectId: seen.id, client });
  const user = await proveAddress(parts, tx, {
    user: seen,
    email: seen.email,
    client,
    endSessions: () => parts.sessions.endAll(tx, seen.id, 'PASSWORD_RESET'),
  });
  await parts.users.setPasswordHash(tx, user.id, passwordHash);
  await parts.sessions.endAll(tx, user.id, 'PASSWORD_RESET');
  await parts.lockout.reset(tx, user);
  await voidOutstanding(parts, tx, user.id);
  if (!seen.emailVerified && (await parts.removeSecondFactors(tx, user.id))) {
    await recordAudit(tx, { type: 'TWO_FACTOR_DISABLED', subjectId: user.id, client });
  }
  await parts.mailPasswordChanged(tx, user, client);
}
