import { recordAudit } from '../../audit/index.js';
import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import { proveAddress, purposeOf, redeemToken, voidOutstanding } from '../one-time-tokens/index.js';
import type { PasswordDeps } from './deps.js';
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
export async function resetPassword(deps: PasswordDeps, actor: Actor, input: PasswordReset): Promise<void> {
  checkConfirmation(input.newPassword, input.confirmPassword);
  const purpose = redeemablePurpose(input.token);
  // The token is only looked at: a password that is refused must not use it up.
  const user = await deps.users.findWithPending((await deps.tokens.peek(purpose, input.token)).userId);
  if (!user?.isActive) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  await checkNewPassword(input.newPassword, user, 'newPassword');
  const passwordHash = await deps.hashing.hash(input.newPassword);
  await deps.db.transaction(async (tx) => {
    const redeemed = await redeemToken(deps, tx, purpose, input.token);
    await setPassword(deps, tx, actor, redeemed.user, passwordHash);
  });
}

function redeemablePurpose(token: string): 'RESET_PASSWORD' | 'INVITATION' {
  const purpose = purposeOf(token);
  if (purpose === 'RESET_PASSWORD' || purpose === 'INVITATION') return purpose;
  throw new AuthError(AuthErrorCode.TOKEN_INVALID);
}

async function setPassword(
  deps: PasswordDeps,
  tx: Database,
  actor: Actor,
  seen: User,
  passwordHash: string,
): Promise<void> {
  await recordAudit(tx, actor, { type: 'PASSWORD_RESET', subjectId: seen.id });
  const user = await proveAddress(deps, tx, {
    user: seen,
    email: seen.email,
    actor,
    endSessions: () => deps.sessions.endAll(tx, seen.id, 'PASSWORD_RESET'),
  });
  await deps.users.setPasswordHash(tx, user.id, passwordHash);
  await deps.sessions.endAll(tx, user.id, 'PASSWORD_RESET');
  await deps.lockout.reset(tx, user);
  await voidOutstanding(deps, tx, user.id);
  if (!seen.emailVerified && (await deps.removeSecondFactors(tx, user.id))) {
    await recordAudit(tx, actor, { type: 'TWO_FACTOR_DISABLED', subjectId: user.id });
  }
  await deps.notices.send(tx, actor, user, 'password-changed', {});
}
