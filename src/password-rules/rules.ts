import { foldCase } from '../platform/text.js';

const MIN_LENGTH = 12;
export const MAX_LENGTH = 256;
/**
 * Limit in UTF-16 units before NFKC. NFKC can shrink a text to a quarter, and takes seconds for 100 KB of
 * combining marks.
 */
const MAX_TYPED_LENGTH = MAX_LENGTH * 8;
/** Too many passwords contain a local part of one or two characters. */
const MIN_LOCAL_PART = 3;

/** Whose password it is. A page may not know it: then both are empty. */
export interface PasswordOwner {
  readonly username: string;
  /** The part of the email address before the `@`. */
  readonly localPart: string;
}

/**
 * What is wrong with a new password, apart from its strength. There are no composition rules, and the password is not
 * trimmed (ASVS 6.2.1, 6.2.5, 6.2.9, 6.2.11; NIST SP 800-63B §3.1.1.2).
 */
export function faultOf(password: string, { username, localPart }: PasswordOwner): string | undefined {
  const normal = normalizePassword(password);
  if (normal === undefined) return `Must have ${MAX_LENGTH} characters or fewer.`;
  if (!isPlainText(password)) return 'Must not contain control characters.';
  if ([...normal].length < MIN_LENGTH) return `Must have ${MIN_LENGTH} characters or more.`;
  const folded = foldCase(normal);
  if (username !== '' && folded.includes(foldCase(username))) return 'Must not contain the username.';
  const local = foldCase(localPart);
  if (local.length >= MIN_LOCAL_PART && folded.includes(local)) return 'Must not contain the email address.';
  return undefined;
}

/** What is wrong with the repetition of a new password. */
export function confirmationFaultOf(password: string, confirmation: string): string | undefined {
  return password === confirmation ? undefined : 'Differs from the password.';
}

/** Whether the text has no NUL and no lone surrogates. */
export const isPlainText = (password: string): boolean => password.isWellFormed() && !password.includes('\0');

/** The NFKC form of a password, in which it is checked and hashed. Undefined if it is too long. */
export function normalizePassword(password: string): string | undefined {
  if (password.length > MAX_TYPED_LENGTH) return undefined;
  const normal = password.normalize('NFKC');
  return [...normal].length > MAX_LENGTH ? undefined : normal;
}
