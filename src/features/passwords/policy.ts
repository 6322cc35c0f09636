import {
  confirmationFaultOf,
  isPlainText,
  MAX_LENGTH,
  normalizePassword,
} from '../../password-rules/rules.js';
import { assessPassword } from '../../password-rules/strength.js';
import { badInput } from '../../platform/error.js';
import { localPart, type User } from '../accounts/index.js';
import type { BreachedPasswords } from './breached-passwords.js';

/**
 * Checks a new password by the rules that the pages know too, and that it was not published. May wait for another
 * service, so do not call it in a transaction.
 * @throws AuthError BAD_USER_INPUT
 */
export async function checkNewPassword(
  { breachedPasswords }: { readonly breachedPasswords: BreachedPasswords },
  password: string,
  { username, email }: Pick<User, 'username' | 'email'>,
  field = 'password',
): Promise<void> {
  const { fault } = await assessPassword(password, { username, localPart: localPart(email) });
  if (fault !== undefined) throw badInput({ field, message: fault });
  if (await breachedPasswords.contains(password)) {
    throw badInput({ field, message: 'Was published in a data breach. Choose another password.' });
  }
}

/** @throws AuthError BAD_USER_INPUT if the two passwords differ */
export function checkConfirmation(password: string, confirmation: string): void {
  const message = confirmationFaultOf(password, confirmation);
  if (message !== undefined) throw badInput({ field: 'confirmPassword', message });
}

/**
 * Checks the form of a password that a user types to authenticate. A password that could not have been chosen
 * is refused before the expensive hash.
 * @throws AuthError BAD_USER_INPUT
 */
export function parseTypedPassword(password: string, field = 'password'): string {
  if (password === '') throw badInput({ field, message: 'Must not be empty.' });
  if (!isPlainText(password) || normalizePassword(password) === undefined) {
    throw badInput({
      field,
      message: `Must have ${MAX_LENGTH} characters or fewer, and no control characters.`,
    });
  }
  return password;
}

/** Whether two typed passwords are the same after normalization, in which they are also hashed. */
export function isSamePassword(one: string, other: string): boolean {
  return normalizePassword(one) === normalizePassword(other);
}
