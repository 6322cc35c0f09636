import { badInput } from '../../platform/error.js';

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
