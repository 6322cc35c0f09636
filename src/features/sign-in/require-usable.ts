import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import type { SignInDeps } from './deps.js';

/**
 * Refuses deactivated and unverified accounts. Call it only after the right credential, because the answer reveals the
 * state of the account. It mails the link of an unverified account again. This has a limit per user, so that strangers
 * cannot exhaust it.
 * @throws AuthError ACCOUNT_DISABLED, EMAIL_NOT_VERIFIED
 */
export async function requireUsable(
  deps: Pick<SignInDeps, 'metrics' | 'requireVerifiedEmail' | 'requestLinkAgain'>,
  user: User,
): Promise<void> {
  const isUnverified = user.pending || (deps.requireVerifiedEmail && !user.emailVerified);
  if (user.isActive && !isUnverified) return;
  deps.metrics.signIns.inc({ outcome: 'refused' });
  if (!user.isActive) throw new AuthError(AuthErrorCode.ACCOUNT_DISABLED);
  await deps.requestLinkAgain(user.id);
  throw new AuthError(AuthErrorCode.EMAIL_NOT_VERIFIED);
}
