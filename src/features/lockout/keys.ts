import { createHash } from 'node:crypto';
import { foldCase } from '../../platform/text.js';

/** The counters of a guess. A lock of the first is answered with ACCOUNT_LOCKED, of another like a wrong guess. */
export type CounterKeys = readonly [string, ...string[]];

/**
 * The counters of an attempt to sign in; the last is that of the account or device.
 *
 * - A device that is known to the account counts for itself alone.
 * - Else the identifier counts as it was submitted, whether or not anybody has it, and is refused aloud.
 * - The account counts too, whichever of its identifiers was used, and is refused in silence: `ACCOUNT_LOCKED`
 *   for an address that nobody guessed at would tell that it belongs to the guessed username.
 */
export function signInKeys(
  identifier: string,
  userId: string | undefined,
  knownDevice: Buffer | undefined,
): CounterKeys {
  const submitted = identifierKey(identifier);
  // An identifier that nobody has gets a second counter as well, so that it takes the same time.
  if (userId === undefined) return [submitted, `nobody:${submitted}`];
  return knownDevice === undefined ? [submitted, accountKey(userId)] : [deviceKey(userId, knownDevice)];
}

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
