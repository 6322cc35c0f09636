import type { SignedInActor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import type { PasswordDeps } from './deps.js';
import { parseTypedPassword } from './policy.js';

/** A password as a client sends it. It may be left out after a recent authentication. */
export type TypedPassword = string | null | undefined;

/** The proof that a signed-in user has typed the right password, or has authenticated recently. */
export interface ConfirmedPassword {
  /** The user at the time of the check. */
  readonly user: User;
  /**
   * Locks the user, and checks that the proof is still valid. Call it in the transaction that writes.
   *
   * Attack: a thief who knows the old password requests a change of address. While the password is being
   * hashed, the owner resets it. Without this check, the thief then gets the link and takes the account over.
   *
   * @throws AuthError UNAUTHENTICATED if the session has ended since the password was checked
   * @throws AuthError INVALID_CREDENTIALS if password, address or role have changed since
   */
  lock(tx: Database): Promise<User>;
}

/**
 * Checks the password of a signed-in user again, before operations for which a stolen access token must not
 * suffice (ASVS 7.5.1). Without a password, the session must have authenticated recently.
 * @throws AuthError BAD_USER_INPUT, INVALID_CREDENTIALS, ACCOUNT_LOCKED, REAUTHENTICATION_REQUIRED
 */
export async function confirmPassword(
  deps: PasswordDeps,
  actor: SignedInActor,
  password: TypedPassword,
  field = 'password',
): Promise<ConfirmedPassword> {
  const { users, sessions } = deps;
  if (password != null) parseTypedPassword(password, field);
  const user = await users.load(actor.userId);
  if (password == null) await deps.requireRecentAuth(actor);
  const isConfirmed = user !== null && (password == null || (await isPasswordOf(deps, user, password)));
  if (!isConfirmed) throw new AuthError(AuthErrorCode.INVALID_CREDENTIALS);
  return {
    user,
    async lock(tx) {
      const current = await sessions.lockCaller(tx, actor);
      if (current.credentialsVersion === user.credentialsVersion) return current;
      throw new AuthError(AuthErrorCode.INVALID_CREDENTIALS);
    },
  };
}

function isPasswordOf({ hashing, lockout }: PasswordDeps, user: User, password: string): Promise<boolean> {
  return lockout.guard(
    user.id,
    async (guess) => (await hashing.verify(password, [user.passwordHash], guess)) !== undefined,
  );
}
