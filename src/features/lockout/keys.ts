import { createHash } from 'node:crypto';
import { foldCase } from '../../platform/text.js';

/** As it was submitted, in one letter case; hashed, since people type passwords into the wrong field. */
export function identifierKey(identifier: string): string {
  return `identifier:${createHash('sha256').update(foldCase(identifier)).digest('base64url')}`;
}

export function accountKey(userId: string): string {
  return `account:${userId}`;
}

export function deviceKey(userId: string, deviceHash: Buffer): string {
  return `device:${userId}:${deviceHash.toString('base64url')}`;
}

/** A signed-in user's own password, asked for once more. */
export function confirmationKey(userId: string): string {
  return `confirmation:${userId}`;
}
