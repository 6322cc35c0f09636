import type { Cipher } from '../../platform/keyring.js';

/** Encrypts a TOTP secret for its user. If it is copied to the row of another user, decryption fails. */
export function sealSecret(cipher: Cipher, userId: string, secret: string): string {
  return cipher.encrypt(secret, purpose(userId));
}

/** @throws Error if the text was altered, belongs to another user, or its key is not configured */
export function openSecret(cipher: Cipher, userId: string, sealed: string): string {
  return cipher.decrypt(sealed, purpose(userId));
}

function purpose(userId: string): string {
  return `totp:${userId}`;
}
