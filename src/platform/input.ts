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

const EARLIEST = Date.parse('0001-01-01T00:00:00.000Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * A time of a filter, moved into the years 1 to 9999. Postgres cannot read year 0 or years of five digits as
 * JavaScript prints them; offsets produce both. No row is that old or new, so the filter selects the same rows.
 * @throws AuthError BAD_USER_INPUT
 */
export function parseInstant(field: string, date: Date): Date {
  const time = date.getTime();
  if (Number.isNaN(time)) throw badInput({ field, message: 'Must be a date and time (RFC 3339).' });
  return new Date(Math.min(Math.max(time, EARLIEST), LATEST));
}

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
