import { violatedUniqueConstraint } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';

/**
 * Runs a change and translates a violation of the unique username.
 * @throws AuthError USERNAME_TAKEN
 */
export function withUsernameTakenError<T>(change: () => Promise<T>): Promise<T> {
  return translate(change, 'users_username_unique', AuthErrorCode.USERNAME_TAKEN);
}

/**
 * Runs a change and translates violations of both unique constraints. Only for callers who may learn which addresses
 * are taken: staff, admins and the operator.
 * @throws AuthError USERNAME_TAKEN, EMAIL_TAKEN
 */
export function withTakenErrors<T>(change: () => Promise<T>): Promise<T> {
  return withUsernameTakenError(() => translate(change, 'users_email_unique', AuthErrorCode.EMAIL_TAKEN));
}

async function translate<T>(change: () => Promise<T>, constraint: string, code: AuthErrorCode): Promise<T> {
  try {
    return await change();
  } catch (error) {
    throw violatedUniqueConstraint(error) === constraint ? new AuthError(code) : error;
  }
}
