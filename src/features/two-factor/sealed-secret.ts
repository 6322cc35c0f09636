import type { Cipher } from '../../platform/keyring.js';

/** Seals a TOTP secret for its user: copied onto another's row it cannot be opened. */
export function sealSecret(cipher: Cipher, userId: string, secret: string): string {
  return cipher.encrypt(secret, purpose(userId));
}

/** @throws Error where it was altered, is another user's or sealed under a key that is not configured */
export function openSecret(cipher: Cipher, userId: string, sealed: string): string {
  return cipher.decrypt(sealed, purpose(userId));
}

function purpose(userId: string): string {
  return `totp:${userId}`;
}
