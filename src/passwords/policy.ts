import { localPart } from '../accounts/index.js';
import { badInput } from '../platform/error.js';

export interface PasswordOwner {
  readonly username: string;
  readonly email: string;
}

const SHORTEST = 12;
const LONGEST = 256;
/** zxcvbn's estimate stands after so many characters; it takes too long over more. */
const ESTIMATED = 72;
const LEAST_SCORE = 2;

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
  const normal = password.normalize('NFKC');
  const length = [...normal].length;
  if (!password.isWellFormed() || password.includes('\0'))
    throw refuse('Contains characters that are not allowed.');
  if (length < SHORTEST) throw refuse(`Must have ${SHORTEST} characters or more.`);
  if (length > LONGEST) throw refuse(`Must have ${LONGEST} characters or fewer.`);
  const lower = normal.toLowerCase();
  if (lower.includes(owner.username.toLowerCase())) throw refuse('Must not contain the username.');
  const local = localPart(owner.email).toLowerCase();
  // Within a shorter one every password would be found.
  if (local.length >= 3 && lower.includes(local)) throw refuse('Must not contain the email address.');
  const { score, feedback } = await estimate(normal.slice(0, ESTIMATED), [owner.username, local]);
  if (score < LEAST_SCORE) throw refuse(`Is too easy to guess. ${feedback.warning ?? ''}`.trim());
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
  // Counted as it was when it was chosen.
  const length = [...password.normalize('NFKC')].length;
  if (!password.isWellFormed() || password.includes('\0') || length > LONGEST) {
    throw badInput({
      field,
      message: `Must have ${LONGEST} characters or fewer, and no control characters.`,
    });
  }
  return password;
}

/** The dictionaries are a megabyte: loaded with the first password that is chosen. */
async function estimate(password: string, owner: string[]) {
  const { factory } = await estimator();
  return factory.check(password, owner);
}

let loading: Promise<{ factory: Estimator }> | undefined;
interface Estimator {
  check(password: string, userInputs: string[]): { score: number; feedback: { warning: string | null } };
}

function estimator(): Promise<{ factory: Estimator }> {
  loading ??= load();
  return loading;
}

async function load(): Promise<{ factory: Estimator }> {
  const [{ ZxcvbnFactory }, common] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  return { factory: new ZxcvbnFactory({ dictionary: common.dictionary, graphs: common.adjacencyGraphs }) };
}
