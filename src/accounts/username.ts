import { badInput } from '../platform/error.js';

/**
 * A username: 3 to 32 of ASCII letters, digits, `_`, `-` and `.`, kept as typed, unique in any letter case.
 * ASCII alone, so that no two look alike (UTS #39).
 * @throws AuthError BAD_USER_INPUT
 */
export function parseUsername(text: string, field = 'username'): string {
  if (!/^[A-Za-z0-9_.-]{3,32}$/.test(text)) {
    throw badInput({ field, message: 'Must be 3 to 32 letters, digits, "_", "-" or ".".' });
  }
  return text;
}

/**
 * A display name: 1 to 100 characters, trimmed and NFC; nothing (or only spaces) is null. Control, bidi and
 * other invisible characters are refused: a name is printed in mails and tables beside other people's.
 * @throws AuthError BAD_USER_INPUT
 */
export function parseDisplayName(text: string | null | undefined, field = 'displayName'): string | null {
  const name = text?.normalize('NFC').trim() ?? '';
  if (name === '') return null;
  if (!name.isWellFormed() || /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u.test(name)) {
    throw badInput({ field, message: 'Contains characters that are not allowed.' });
  }
  if ([...name].length > 100) throw badInput({ field, message: 'Is longer than 100 characters.' });
  return name;
}
