import { badInput } from '../../platform/error.js';
import { foldCase } from '../../platform/text.js';
import { localPart } from '../accounts/index.js';
import { estimateStrength } from './strength.js';

export interface PasswordOwner {
  readonly username: string;
  readonly email: string;
}

const MIN_LENGTH = 12;
const MAX_LENGTH = 256;
/** UTF-16 units before NFKC, which can shrink a text to a quarter and takes seconds for 100 KB of marks. */
const MAX_TYPED_LENGTH = MAX_LENGTH * 8;
const MIN_SCORE = 2;

/**
 * Whether a password may be chosen: long enough, not guessable, nothing of the account in it; no composition
 * rules (ASVS 6.2.1, 6.2.5, 6.2.9, 6.2.11; NIST SP 800-63B §3.1.1.2). Never trimmed.
 * @throws AuthError BAD_USER_INPUT saying why
 */
export async function checkNewPassword(
  password: string,
  owner: PasswordOwner,
  field = 'password',
): Promise<void> {
  const refuse = (message: string) => badInput({ field, message });
  const normal = normalize(password);
  if (normal === undefined) throw refuse(`Must have ${MAX_LENGTH} characters or fewer.`);
  if (!password.isWellFormed() || password.includes('\0'))
    throw refuse('Must not contain control characters.');
  if ([...normal].length < MIN_LENGTH) throw refuse(`Must have ${MIN_LENGTH} characters or more.`);
  const folded = foldCase(normal);
  if (folded.includes(foldCase(owner.username))) throw refuse('Must not contain the username.');
  const local = foldCase(localPart(owner.email));
  // Within a shorter one every password would be found.
  if (local.length >= 3 && folded.includes(local)) throw refuse('Must not contain the email address.');
  const { score, advice } = await estimateStrength(normal, [owner.username, local]);
  if (score < MIN_SCORE) throw refuse(`Is too easy to guess. ${advice}`);
}

/** @throws AuthError BAD_USER_INPUT where the password was not typed twice alike */
export function checkConfirmation(password: string, confirmation: string): void {
  if (password !== confirmation)
    throw badInput({ field: 'confirmPassword', message: 'Differs from the password.' });
}

/**
 * A password that somebody types to prove who they are. What could never have been chosen is not worth a hash.
 * @throws AuthError BAD_USER_INPUT
 */
export function parseTypedPassword(password: string, field = 'password'): string {
  if (password === '') throw badInput({ field, message: 'Must not be empty.' });
  if (!password.isWellFormed() || password.includes('\0') || normalize(password) === undefined) {
    throw badInput({
      field,
      message: `Must have ${MAX_LENGTH} characters or fewer, and no control characters.`,
    });
  }
  return password;
}

/** The form in which a password is counted and hashed (NFKC); undefined if it is longer than any password. */
function normalize(password: string): string | undefined {
  if (password.length > MAX_TYPED_LENGTH) return undefined;
  const normal = password.normalize('NFKC');
  return [...normal].length > MAX_LENGTH ? undefined : normal;
}
