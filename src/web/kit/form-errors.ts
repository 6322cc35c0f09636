import { AuthError, type AuthErrorCode } from '../../client/index.js';
import { hasCode } from './errors.js';

/** An error with a message for the user, for a form to show above its fields or beside one. */
export function formError(message: string, field?: string): AuthError {
  const fieldErrors = field === undefined ? [] : [{ field, message }];
  return new AuthError({ code: 'BAD_USER_INPUT', message, fieldErrors });
}

/** Makes a form show an error of this code beside a field. Use it in `catch`. */
export function besideField(code: AuthErrorCode, field: string, message?: string): (error: unknown) => never {
  return (error) => {
    throw hasCode(error, code) ? formError(message ?? error.message, field) : error;
  };
}
