import { AuthError, AuthErrorCode, badInput, type FieldError } from './error.js';

/** A parser turns what a client typed into a value of the domain, or throws `BAD_USER_INPUT`. */
type Parsers = Record<string, () => unknown>;

/**
 * Runs every parser and reports the faults of all fields at once.
 * @throws AuthError BAD_USER_INPUT with `fieldErrors` of each parser that failed
 */
export function parseFields<P extends Parsers>(parsers: P): { [K in keyof P]: ReturnType<P[K]> } {
  const values: Record<string, unknown> = {};
  const faults: FieldError[] = [];
  for (const [field, parse] of Object.entries(parsers)) {
    try {
      values[field] = parse();
    } catch (error) {
      if (!(error instanceof AuthError) || error.code !== AuthErrorCode.BAD_USER_INPUT) throw error;
      faults.push(...(error.details.fieldErrors ?? []));
    }
  }
  if (faults.length > 0) throw badInput(...faults);
  return values as { [K in keyof P]: ReturnType<P[K]> };
}

/** The longest string that any argument may have, in UTF-16 units; single fields allow less. */
export const MAX_ARGUMENT_LENGTH = 10_000;

/** Refuses what no text of ours holds: NUL (Postgres cannot store it) and lone surrogates. */
export function plainText(field: string, text: string, maxLength: number): string {
  if (text.includes('\0') || !text.isWellFormed()) {
    throw badInput({ field, message: 'Contains characters that are not allowed.' });
  }
  if ([...text].length > maxLength) {
    throw badInput({ field, message: `Is longer than ${maxLength} characters.` });
  }
  return text;
}
