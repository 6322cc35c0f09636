import { createHash } from 'node:crypto';
import { foldCase } from '../../platform/text.js';

/** The counters of a guess. If the first is locked, the answer is ACCOUNT_LOCKED; if another is, that of a wrong guess. */
export type CounterKeys = readonly [string, ...string[]];

/**
 * The counters of an attempt to sign in; the last is that of the account or device.
 *
 * - A device that the account knows has one counter of its own.
 * - Otherwise the first counter is that of the identifier as it was submitted, whether or not an account has it.
 * - The second counter is that of the account, whichever identifier was used. Its lock is answered like a wrong password:
 *   `ACCOUNT_LOCKED` for an address would reveal that it belongs to a username whose guesses caused the lock.
 */
export function signInKeys(
  identifier: string,
  userId: string | undefined,
  knownDevice: Buffer | undefined,
): CounterKeys {
  const submitted = identifierKey(identifier);
  // An unknown identifier has a second counter too, so that it takes the same time.
  if (userId === undefined) return [submitted, `nobody:${submitted}`];
  return knownDevice === undefined ? [submitted, accountKey(userId)] : [deviceKey(userId, knownDevice)];
}

/** The identifier in one letter case. It is hashed, because people type passwords into the wrong field. */
export function identifierKey(identifier: string): string {
  return `identifier:${createHash('sha256').update(foldCase(identifier)).digest('base64url')}`;
}

export function accountKey(userId: string): string {
  return `account:${userId}`;
}

export function deviceKey(userId: string, deviceHash: Buffer): string {
  return `device:${userId}:${deviceHash.toString('base64url')}`;
}

/** The counter of a signed-in user who confirms the password. */
export function confirmationKey(userId: string): string {
  return `confirmation:${userId}`;
}
