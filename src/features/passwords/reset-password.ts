import { recordAudit } from '../../audit/index.js';
import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import { invalidateTokens, proveAddress, purposeOf, redeemToken } from '../one-time-tokens/index.js';
import type { PasswordDeps } from './deps.js';
import { checkConfirmation, checkNewPassword } from './policy.js';

export interface PasswordReset {
  readonly token: string;
  readonly newPassword: string;
  readonly confirmPassword: string;
}

/**
 * Sets a password with the token from the mail of a reset or an invitation. The token proves that the user
 * owns the mailbox, so the address becomes verified and the lockout ends. The user is not signed in. All
 * sessions end, known devices are removed, outstanding tokens are invalidated, and the second factor stays
 * (ASVS 6.4.3, 7.4.3). If the address was not verified before, the second factor is removed too, because an
 * attacker may have set it up.
 * @throws AuthError BAD_USER_INPUT, TOKEN_INVALID
 */
export async function resetPassword(deps: PasswordDeps, actor: Actor, input: PasswordReset): Promise<void> {
  checkConfirmation(input.newPassword, input.confirmPassword);
  const purpose = parsePurpose(input.token);
  // Only reads the token, so that a refused password does not consume it.
  const user = await deps.users.findWithPending((await deps.tokens.peek(purpose, input.token)).userId);
  if (!user?.isActive) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  await checkNewPassword(deps, input.newPassword, user, 'newPassword');
  const passwordHash = await deps.hashing.hash(input.newPassword);
  await deps.db.transaction(async (tx) => {
    const redeemed = await redeemToken(deps, tx, purpose, input.token);
    await setPassword(deps, tx, actor, redeemed.user, passwordHash);
  });
}

function parsePurpose(token: string): 'RESET_PASSWORD' | 'INVITATION' {
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
  await invalidateTokens(deps, tx, user.id);
  if (!seen.emailVerified && (await deps.removeSecondFactors(tx, user.id))) {
    await recordAudit(tx, actor, { type: 'TWO_FACTOR_DISABLED', subjectId: user.id });
  }
  await deps.notices.send(tx, actor, user, 'password-changed', {});
}
