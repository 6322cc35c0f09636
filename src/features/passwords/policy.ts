import { badInput } from '../../platform/error.js';
import { foldCase } from '../../platform/text.js';
import { localPart, type User } from '../accounts/index.js';
import type { BreachedPasswords } from './breached-passwords.js';
import { estimateStrength } from './strength.js';

const MIN_LENGTH = 12;
const MAX_LENGTH = 256;
/**
 * Limit in UTF-16 units before NFKC. NFKC can shrink a text to a quarter, and takes seconds for 100 KB of
 * combining marks.
 */
const MAX_TYPED_LENGTH = MAX_LENGTH * 8;
const MIN_SCORE = 2;

/**
 * Checks the length and strength of a new password, and that it does not contain the username or the local
 * part of the address, and was not published. There are no composition rules, and the password is not trimmed
 * (ASVS 6.2.1, 6.2.5, 6.2.9, 6.2.11, 6.2.12; NIST SP 800-63B §3.1.1.2). May wait for another service, so do not call it
 * in a transaction.
 * @throws AuthError BAD_USER_INPUT
 */
export async function checkNewPassword(
  { breachedPasswords }: { readonly breachedPasswords: BreachedPasswords },
  password: string,
  owner: Pick<User, 'username' | 'email'>,
  field = 'password',
): Promise<void> {
  const refuse = (message: string) => badInput({ field, message });
  const normal = normalizePassword(password);
  if (normal === undefined) throw refuse(`Must have ${MAX_LENGTH} characters or fewer.`);
  if (!password.isWellFormed() || password.includes('\0'))
    throw refuse('Must not contain control characters.');
  if ([...normal].length < MIN_LENGTH) throw refuse(`Must have ${MIN_LENGTH} characters or more.`);
  const folded = foldCase(normal);
  if (folded.includes(foldCase(owner.username))) throw refuse('Must not contain the username.');
  const local = foldCase(localPart(owner.email));
  // Too many passwords contain a local part of one or two characters.
  if (local.length >= 3 && folded.includes(local)) throw refuse('Must not contain the email address.');
  const { score, advice } = await estimateStrength(normal, [owner.username, local]);
  if (score < MIN_SCORE) throw refuse(`Is too easy to guess. ${advice}`);
  if (await breachedPasswords.contains(password)) {
    throw refuse('Was published in a data breach. Choose another password.');
  }
}

/** @throws AuthError BAD_USER_INPUT if the two passwords differ */
export function checkConfirmation(password: string, confirmation: string): void {
  if (password !== confirmation)
    throw badInput({ field: 'confirmPassword', message: 'Differs from the password.' });
}

/**
 * Checks the form of a password that a user types to authenticate. A password that could not have been chosen
 * is refused before the expensive hash.
 * @throws AuthError BAD_USER_INPUT
 */
export function parseTypedPassword(password: string, field = 'password'): string {
  if (password === '') throw badInput({ field, message: 'Must not be empty.' });
  if (!password.isWellFormed() || password.includes('\0') || normalizePassword(password) === undefined) {
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

/** The NFKC form of a password, in which it is checked and hashed. Undefined if it is too long. */
function normalizePassword(password: string): string | undefined {
  if (password.length > MAX_TYPED_LENGTH) return undefined;
  const normal = password.normalize('NFKC');
  return [...normal].length > MAX_LENGTH ? undefined : normal;
}
