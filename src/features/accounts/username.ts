import { badInput } from '../../platform/error.js';

/**
 * Parses a username: 3 to 32 ASCII letters, digits, `_`, `-` and `.`, stored as typed, unique in any letter
 * case. Only ASCII, so that a look-alike cannot pass for another user (UTS #39).
 * @throws AuthError BAD_USER_INPUT
 */
export function parseUsername(text: string, field = 'username'): string {
  if (!/^[A-Za-z0-9_.-]{3,32}$/.test(text)) {
    throw badInput({ field, message: 'Must be 3 to 32 letters, digits, "_", "-" or ".".' });
  }
  return text;
}
