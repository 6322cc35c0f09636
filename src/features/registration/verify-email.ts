import type { Actor } from '../../platform/actor.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import { proveAddress, purposeOf, redeemToken } from '../one-time-tokens/index.js';
import { parseTypedPassword } from '../passwords/index.js';
import type { RegistrationDeps } from './deps.js';

/**
 * Makes a user of a registration by the token that was mailed. Other registrations that wait for the same
 * address lose theirs: it is taken now.
 *
 * @returns the verified address
 * @throws AuthError TOKEN_INVALID, also if somebody else has the address by now
 * @throws AuthError PASSWORD_REQUIRED, INVALID_CREDENTIALS, ACCOUNT_LOCKED, BAD_USER_INPUT if other registrations
 *   wait for the address; the token is still good then
 */
export async function verifyEmail(
  deps: RegistrationDeps,
  actor: Actor,
  token: string,
  password: string | null,
): Promise<string> {
  // The same link and operation finish a change of address, which is the profile's.
  if (purposeOf(token) === 'CHANGE_EMAIL') return deps.confirmEmailChange(actor, token);
  const confirmed = await confirmRegistration(deps, token, password);
  return deps.db.transaction(async (tx) => {
    const { user: seen } = await redeemToken(deps, tx, 'VERIFY_EMAIL', token);
    const isConfirmed = confirmed?.credentialsVersion === seen.credentialsVersion;
    if (!isConfirmed && (await deps.registrations.hasRivals(seen, tx))) {
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
 * Attack: a stranger registers somebody's address, whose owner registers too and follows the first link that comes:
 * the stranger's. So if several registrations wait, the password tells whether whoever follows the link also made
 * that registration.
 * @returns the registration whose password was right; undefined if none was asked for
 */
async function confirmRegistration(
  { tokens, users, registrations, lockout, hashing }: RegistrationDeps,
  token: string,
  password: string | null,
) {
  const { userId } = await tokens.peek('VERIFY_EMAIL', token);
  const user = await users.findWithPending(userId);
  if (user === undefined) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  if (!(await registrations.hasRivals(user))) return undefined;
  if (password === null) throw new AuthError(AuthErrorCode.PASSWORD_REQUIRED);
  parseTypedPassword(password);
  const passed = await lockout.guard(
    userId,
    async (guess) => (await hashing.verify(password, [user.passwordHash], guess)) !== undefined,
  );
  if (!passed) throw new AuthError(AuthErrorCode.INVALID_CREDENTIALS);
  return user;
}
