import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { User } from '../accounts/index.js';

/** A way to sign in besides the password. */
export interface SignInMethod {
  /** Runs in a transaction that holds the lock on the user's row. */
  isUsableBy(tx: Database, userId: string): Promise<boolean>;
}

/** Whether the user, whose row is locked, has a password or another way to sign in. */
export async function hasMethod(
  methods: readonly SignInMethod[],
  tx: Database,
  user: User,
): Promise<boolean> {
  if (user.passwordHash !== null) return true;
  for (const method of methods) if (await method.isUsableBy(tx, user.id)) return true;
  return false;
}

/**
 * Call it in the transaction that removes a method, after the removal and with the user locked.
 * @throws AuthError LAST_SIGN_IN_METHOD if the user could not sign in any more
 */
export async function requireMethodLeft(
  methods: readonly SignInMethod[],
  tx: Database,
  user: User,
): Promise<void> {
  if (!(await hasMethod(methods, tx, user))) throw new AuthError(AuthErrorCode.LAST_SIGN_IN_METHOD);
}
