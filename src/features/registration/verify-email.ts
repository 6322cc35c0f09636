import type { Actor } from '../../platform/actor.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import { proveAddress, purposeOf, redeemToken } from '../one-time-tokens/index.js';
import { parseTypedPassword } from '../passwords/index.js';
import type { RegistrationDeps } from './deps.js';

/**
 * Completes a registration with the mailed token. Revokes the tokens of other registrations for the same
 * address, because the address is taken now.
 *
 * @returns the verified address
 * @throws AuthError TOKEN_INVALID, also if another user has verified the address in the meantime
 * @throws AuthError PASSWORD_REQUIRED, INVALID_CREDENTIALS, ACCOUNT_LOCKED, BAD_USER_INPUT if other
 *   registrations are pending for the address; the token stays valid
 */
export async function verifyEmail(
  deps: RegistrationDeps,
  actor: Actor,
  token: string,
  password: string | null,
): Promise<string> {
  // An email change uses the same link and operation. The profile feature completes it.
  if (purposeOf(token) === 'CHANGE_EMAIL') return deps.confirmEmailChange(actor, token);
  const confirmed = await confirmRegistration(deps, token, password);
  return deps.db.transaction(async (tx) => {
    const { user: seen } = await redeemToken(deps, tx, 'VERIFY_EMAIL', token);
    const isConfirmed = confirmed?.credentialsVersion === seen.credentialsVersion;
    if (!isConfirmed && (await deps.registrations.hasOthersForAddress(seen, tx))) {
      throw new AuthError(AuthErrorCode.PASSWORD_REQUIRED);
    }
    const { email, username, displayName } = await proveAddress(deps, tx, {
      user: seen,
      email: seen.email,
      actor,
      endSessions: () => deps.sessions.endAll(tx, seen.id, 'ROLE_CHANGED'),
    });
    await deps.outbox.enqueue(tx, 'welcome', email, { name: displayName ?? username, username });
    return email;
  });
}

/**
 * Attack: a stranger registers a victim's address. The victim registers too and follows the first link that
 * arrives, which is the link of the stranger's registration. So if several registrations are pending, the
 * user must enter the password of the registration that the link belongs to.
 * @returns the registration whose password was correct; undefined if no password is required
 */
async function confirmRegistration(
  { tokens, users, registrations, lockout, hashing }: RegistrationDeps,
  token: string,
  password: string | null,
) {
  const { userId } = await tokens.peek('VERIFY_EMAIL', token);
  const user = await users.findWithPending(userId);
  if (user === undefined) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  if (!(await registrations.hasOthersForAddress(user))) return undefined;
  if (password === null) throw new AuthError(AuthErrorCode.PASSWORD_REQUIRED);
  parseTypedPassword(password);
  const passed = await lockout.guard(
    userId,
    async (guess) => (await hashing.verify(password, [user.passwordHash], guess)) !== undefined,
  );
  if (!passed) throw new AuthError(AuthErrorCode.INVALID_CREDENTIALS);
  return user;
}
