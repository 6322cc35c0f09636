import { setTimeout as sleep } from 'node:timers/promises';
import { AuthError, AuthErrorCode, unavailable } from '../../platform/error.js';
import type { FailureCounterStore, LockRule, Reservation } from './failure-counter.store.js';
import type { Gate } from './gate.js';
import { accountKey, deviceKey, identifierKey } from './keys.js';
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

/** Leave to check a password, and what was reserved for it. */
export interface Admission {
  /** False: the account is locked, though this identifier is not; it must look like a wrong password. */
  readonly mayMatch: boolean;
  /** What has been reserved and not yet been settled. */
  readonly reserved: string[];
  /** What starts anew once every factor has passed. */
  readonly keys: readonly string[];
  /** The account or device whose attempts take turns, and whose lock its owner is told of. */
  readonly subject: string;
}

/** Another node is checking as many as could still fail: looked at again so often, in milliseconds. */
const LOOK_EVERY = 100;
const LOOKS = 50;
const RETRY_AFTER = 5;

/**
 * Reserves an attempt before it is checked.
 *
 * - A device that is known to the account counts for itself alone.
 * - Else the identifier counts as it was submitted, whether or not anybody has it, and is refused aloud.
 * - The account counts too, whichever of its identifiers was used, and is refused in silence: `ACCOUNT_LOCKED`
 *   for an address that nobody guessed at would tell whose username was.
 *
 * @throws AuthError ACCOUNT_LOCKED, SERVICE_UNAVAILABLE
 */
export async function admit(
  counters: FailureCounterStore,
  gate: Gate,
  rule: LockRule,
  { identifier, userId, knownDeviceId }: Attempt,
): Promise<Admission> {
  const submitted = identifierKey(identifier);
  const isKnown = userId !== undefined && knownDeviceId !== undefined;
  // An identifier that nobody has gets a second counter as well, so that it takes the same time.
  const account = userId === undefined ? `nobody:${submitted}` : accountKey(userId);
  const subject = isKnown ? deviceKey(userId, hashOfDevice(knownDeviceId)) : account;
  const reserved: string[] = [];
  await gate.enter(subject);
  try {
    const loud = isKnown ? subject : submitted;
    const first = await reserve(counters, rule, loud);
    if (first.outcome === 'locked') {
      throw new AuthError(AuthErrorCode.ACCOUNT_LOCKED, { retryAfter: first.retryAfter });
    }
    reserved.push(loud);
    if (isKnown) return { mayMatch: true, reserved, keys: [subject], subject };
    const { outcome } = await reserve(counters, rule, account);
    if (outcome === 'admitted') reserved.push(account);
    return { mayMatch: outcome === 'admitted', reserved, keys: [submitted, account], subject };
  } catch (error) {
    gate.leave(subject);
    for (const key of reserved) await counters.release(key);
    throw error;
  }
}

/** Reserves, and waits where only the attempts under way stand against it. */
async function reserve(
  counters: FailureCounterStore,
  rule: LockRule,
  key: string,
): Promise<Exclude<Reservation, { outcome: 'busy' }>> {
  for (let look = 0; look < LOOKS; look++) {
    const reservation = await counters.reserve(key, rule);
    if (reservation.outcome !== 'busy') return reservation;
    await sleep(LOOK_EVERY);
  }
  throw unavailable(RETRY_AFTER);
}
