import type { User } from '../accounts/index.js';
import { AuthError, AuthErrorCode } from '../platform/error.js';
import type { PasswordParts } from './passwords.js';
import { parseTypedPassword } from './policy.js';

/**
 * Has a signed-in user prove once more who they are, before what a stolen access token must not be enough for
 * (ASVS 7.5.1).
 * @returns the user as they are now
 * @throws AuthError BAD_USER_INPUT, INVALID_CREDENTIALS, ACCOUNT_LOCKED
 */
export async function confirmPassword(
  { users, hashing, lockout }: PasswordParts,
  userId: string,
  password: string,
  field = 'password',
): Promise<User> {
  parseTypedPassword(password, field);
  const user = await users.load(userId);
  const passed = await lockout.guard(
    userId,
    async () => (await hashing.verify(password, user?.passwordHash)).matches,
  );
  if (!passed || user === null) throw new AuthError(AuthErrorCode.INVALID_CREDENTIALS);
  return user;
}
