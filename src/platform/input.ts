import { AuthError, AuthErrorCode, badInput, type FieldError } from './error.js';

/** A parser returns the value of an input field, or throws `BAD_USER_INPUT`. */
type Parsers = Record<string, () => unknown>;

/**
 * Runs all parsers, so that one error reports all invalid fields.
 * @throws AuthError BAD_USER_INPUT
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

const EARLIEST = Date.parse('0001-01-01T00:00:00.000Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * Moves the time of a filter into the years 1 to 9999. Other years, which a time zone offset can produce, are printed
 * by JavaScript in a form that Postgres does not accept. No row has such a time, so the filter selects the same rows.
 * @throws AuthError BAD_USER_INPUT
 */
export function parseInstant(field: string, date: Date): Date {
  const time = date.getTime();
  if (Number.isNaN(time)) throw badInput({ field, message: 'Must be a date and time (RFC 3339).' });
  return new Date(Math.min(Math.max(time, EARLIEST), LATEST));
}

/**
 * Checks the length (in code points), and that Postgres can store the text: it has no NUL and no lone surrogates.
 * @throws AuthError BAD_USER_INPUT
 */
export function plainText(field: string, text: string, maxLength: number): string {
  if (text.includes('\0') || !text.isWellFormed()) {
    throw badInput({ field, message: 'Must not contain NUL characters or incomplete Unicode characters.' });
  }
  if ([...text].length > maxLength) {
    throw badInput({ field, message: `Must have at most ${maxLength} characters.` });
  }
  return text;
}

/**
 * Requires exactly one of several optional fields.
 * @returns the name of the field that is set
 * @throws AuthError BAD_USER_INPUT
 */
export function requireOneOf<K extends string>(fields: Readonly<Record<K, unknown>>): K {
  const names = Object.keys(fields) as K[];
  const [given, ...others] = names.filter((name) => fields[name] != null);
  if (given !== undefined && others.length === 0) return given;
  const message = `Set exactly one of ${names.join(', ')}.`;
  throw badInput({ field: given ?? (names[0] as K), message });
}
