import type { Options } from '@zxcvbn-ts/core';
import { foldCase } from '../platform/text.js';
import { faultOf, normalizePassword, type PasswordOwner } from './rules.js';

const MIN_SCORE = 2;

/** zxcvbn gets at most this many characters, because it is too slow for long texts. */
const MAX_ESTIMATED_LENGTH = 72;

export interface Assessment {
  /** 0 (weakest) to 4. */
  readonly score: number;
  /** Why the password is refused. */
  readonly fault: string | undefined;
}

type Translations = Options['translations'];

/**
 * Texts for the keys of the library. They are shown to the user who chooses the password. `noNeed` means that
 * symbols and digits are not required. `pwned` belongs to a matcher that the gateway does not use.
 */
export const STRENGTH_TEXTS: Pick<Translations, 'warnings' | 'suggestions'> = {
  warnings: {
    straightRow: 'It contains a row of keys of the keyboard.',
    keyPattern: 'It contains a short pattern of keys of the keyboard.',
    simpleRepeat: 'It repeats a single character, such as "aaa".',
    extendedRepeat: 'It repeats a group of characters, such as "abcabcabc".',
    sequences: 'It contains a sequence, such as "abc" or "6543".',
    recentYears: 'It contains a recent year.',
    dates: 'It contains a date.',
    topTen: 'It is one of the most common passwords.',
    topHundred: 'It is a very common password.',
    common: 'It is a common password.',
    similarToCommon: 'It is similar to a common password.',
    wordByItself: 'It is a single word.',
    namesByThemselves: 'It is a name.',
    commonNames: 'It contains a common name.',
    userInputs: 'It contains your username or email address.',
    pwned: 'It was published in a data breach.',
  },
  suggestions: {
    l33t: 'Do not replace letters by similar characters, such as "@" for "a".',
    reverseWords: 'Do not write common words backwards.',
    allUppercase: 'Do not write whole words in capitals.',
    capitalization: 'Use capitals in more places than the first letter.',
    dates: 'Leave out dates and years that have to do with you.',
    recentYears: 'Leave out recent years.',
    associatedYears: 'Leave out years that have to do with you.',
    sequences: 'Leave out sequences.',
    repeated: 'Leave out repeated words and characters.',
    longerKeyboardPattern: 'Leave out patterns of keys.',
    anotherWord: 'Add a word or two that are not common.',
    useWords: 'Use several words that do not belong together.',
    noNeed: 'Symbols, digits and capitals are not required.',
    pwned: 'Choose another password.',
  },
};

interface Estimator {
  check(password: string, userInputs: string[]): Estimate;
}
interface Estimate {
  readonly score: number;
  readonly feedback: { readonly warning: string | null; readonly suggestions: readonly string[] };
}

let loading: Promise<{ factory: Estimator }> | undefined;

/** Checks a new password by all rules, and estimates how hard it is to guess (ASVS 6.2.12). */
export async function assessPassword(password: string, owner: PasswordOwner): Promise<Assessment> {
  const fault = faultOf(password, owner);
  const normal = normalizePassword(password);
  if (fault !== undefined || normal === undefined) return { score: 0, fault };
  loading ??= load().catch((error) => {
    // A page may have lost its connection: the next call tries again.
    loading = undefined;
    throw error;
  });
  const { factory } = await loading;
  // An attacker tries the names of the owner first.
  const names = [owner.username, foldCase(owner.localPart)].filter((name) => name !== '');
  const { score, feedback } = factory.check(normal.slice(0, MAX_ESTIMATED_LENGTH), names);
  const advice = [feedback.warning ?? [], feedback.suggestions].flat().join(' ');
  return { score, fault: score < MIN_SCORE ? `Is too easy to guess. ${advice}` : undefined };
}

/** Loads the dictionaries when the first password is chosen, because they take a megabyte. */
async function load(): Promise<{ factory: Estimator }> {
  const [{ ZxcvbnFactory, Options }, common] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  const translations = { ...new Options().translations, ...STRENGTH_TEXTS };
  const options = { dictionary: common.dictionary, graphs: common.adjacencyGraphs, translations };
  return { factory: new ZxcvbnFactory(options) };
}
