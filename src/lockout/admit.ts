import { createHash } from 'node:crypto';
import { AuthError, AuthErrorCode } from '../platform/error.js';
import type { FailureCounterStore, LockRule, Reservation } from './failure-counter.store.js';
import { hashOfDevice } from './known-device.store.js';

/** An attempt to sign in, before anything of it is checked. */
export interface Attempt {
  /** As it was submitted. */
  readonly identifier: string;
  /** Whose account it means, if anybody's. */
  readonly userId: string | undefined;
  /** A device that has signed in to this account before. */
  readonly knownDeviceId: string | undefined;
}

/** Leave to check a password, and what was counted for it. */
export interface Admission {
  /** False: the account is locked, though this identifier is not; it must look like a wrong password. */
  readonly mayMatch: boolean;
  /** Whether a failure of this attempt locks the account (or the device). */
  readonly locksAccount: boolean;
  readonly keys: readonly string[];
}

/**
 * Counts an attempt before it is checked.
 *
 * - A device that is known to the account counts for itself alone.
 * - Else the identifier counts as it was submitted, whether or not anybody has it, and is refused aloud.
 * - The account counts too, whichever of its identifiers was used, and is refused in silence: `ACCOUNT_LOCKED`
 *   for an address that nobody guessed at would tell whose username was.
 *
 * @throws AuthError ACCOUNT_LOCKED
 */
export async function admit(
  counters: FailureCounterStore,
  rule: LockRule,
  attempt: Attempt,
): Promise<Admission> {
  const { identifier, userId, knownDeviceId } = attempt;
  if (knownDeviceId !== undefined && userId !== undefined) {
    const key = deviceKey(userId, hashOfDevice(knownDeviceId));
    const { locks } = await reserveAloud(counters, rule, key);
    return { mayMatch: true, locksAccount: locks, keys: [key] };
  }
  const submitted = identifierKey(identifier);
  await reserveAloud(counters, rule, submitted);
  // An identifier that nobody has gets a second counter as well, so that it takes the same time.
  const account = userId === undefined ? `nobody:${submitted}` : accountKey(userId);
  const { admitted, locks } = await counters.reserve(account, rule);
  return { mayMatch: admitted, locksAccount: userId !== undefined && locks, keys: [submitted, account] };
}

async function reserveAloud(
  counters: FailureCounterStore,
  rule: LockRule,
  key: string,
): Promise<Reservation> {
  const reservation = await counters.reserve(key, rule);
  if (!reservation.admitted) {
    throw new AuthError(AuthErrorCode.ACCOUNT_LOCKED, { retryAfter: reservation.retryAfter });
  }
  return reservation;
}

export function identifierKey(identifier: string): string {
  return `identifier:${createHash('sha256').update(identifier.toLowerCase()).digest('base64url')}`;
}

export function accountKey(userId: string): string {
  return `account:${userId}`;
}

export function deviceKey(userId: string, deviceHash: Buffer): string {
  return `device:${userId}:${deviceHash.toString('base64url')}`;
}

export function confirmationKey(userId: string): string {
  return `confirmation:${userId}`;
}
