import { recordAudit } from '../../audit/index.js';
import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { Keyring } from '../../platform/keyring.js';
import type { Notices, User } from '../accounts/index.js';
import { makeDeviceCookie, newDeviceId, readDeviceCookie } from './device-cookie.js';
import { FailureCounterStore, type LockRule } from './failure-counter.store.js';
import { Guess } from './guess.js';
import { accountKey, confirmationKey, deviceKey, identifierKey, signInKeys } from './keys.js';
import { KnownDeviceStore } from './known-device.store.js';
import type { LockoutMetrics } from './metrics.js';
import type { SprayGuard } from './spray-guard.js';

export interface LockoutDeps {
  readonly db: Database;
  readonly notices: Notices;
  readonly metrics: LockoutMetrics;
  readonly deviceSecrets: readonly string[];
  readonly rule: LockRule;
  /** Undefined if rate limits are off. */
  readonly sprayGuard: SprayGuard | undefined;
}

/** Counts failed attempts at passwords, and locks accounts and devices. */
export class Lockout {
  readonly counters: FailureCounterStore;
  readonly devices: KnownDeviceStore;
  readonly #deviceKeys: Keyring;

  constructor(readonly deps: LockoutDeps) {
    this.counters = new FailureCounterStore(deps.db);
    this.devices = new KnownDeviceStore(deps.db);
    this.#deviceKeys = new Keyring(deps.deviceSecrets, 'device cookies');
  }

  /**
   * Begins an attempt to sign in. If it fails, call `recordFailure`. After every factor has passed, call `recordSuccess`.
   * @throws AuthError ACCOUNT_LOCKED; RATE_LIMITED if the network has too many failures, over all accounts
   */
  async admit(
    actor: Actor,
    identifier: string,
    user: User | undefined,
    deviceCookie: string | undefined,
  ): Promise<Guess> {
    await this.deps.sprayGuard?.check(actor);
    const deviceId = readDeviceCookie(this.#deviceKeys, deviceCookie);
    const knownDevice = user && deviceId ? await this.devices.find(user.id, deviceId) : undefined;
    return Guess.begin(this.counters, this.deps.rule, signInKeys(identifier, user?.id, knownDevice));
  }

  /**
   * Counts a failed attempt. Mails the owner once for each lock of the account or device.
   * @throws AuthError ACCOUNT_LOCKED if another attempt has locked the counter
   */
  async recordFailure(actor: Actor, guess: Guess, user: User | undefined): Promise<void> {
    await this.deps.sprayGuard?.recordFailure(actor);
    const locked = await guess.fail();
    const subject = guess.keys.at(-1);
    if (locked.some((key) => key === subject) && user?.pending === false) await this.#tellOwner(actor, user);
  }

  /**
   * Resets the counters and remembers the device, after every factor has passed.
   * @returns the cookie of the device
   */
  async recordSuccess(
    tx: Database,
    keys: readonly string[],
    userId: string,
    deviceCookie: string | undefined,
  ): Promise<string> {
    await this.counters.clear(tx, keys);
    const deviceId = readDeviceCookie(this.#deviceKeys, deviceCookie) ?? newDeviceId();
    await this.devices.remember(tx, userId, deviceId);
    return makeDeviceCookie(this.#deviceKeys, deviceId);
  }

  /** Removes every lock of an account: by id, username, address, device and confirmation. */
  async unlock(tx: Database, user: User): Promise<void> {
    const devices = await this.devices.list(tx, user.id);
    await this.counters.clear(tx, [
      accountKey(user.id),
      identifierKey(user.username),
      identifierKey(user.email),
      confirmationKey(user.id),
      ...devices.map((device) => deviceKey(user.id, device)),
    ]);
  }

  /** Removes every lock and forgets every known device, after a password reset. */
  async reset(tx: Database, user: User): Promise<void> {
    await this.unlock(tx, user);
    await this.devices.forget(tx, user.id);
  }

  /**
   * Limits guesses at the password of a signed-in user, for example with a stolen access token. The counter is separate
   * from the counters of sign-ins, so that a thief cannot lock the owner out.
   * @throws AuthError ACCOUNT_LOCKED
   */
  async guard(userId: string, check: (guess: Guess) => Promise<boolean>): Promise<boolean> {
    const guess = await Guess.begin(this.counters, this.deps.rule, [confirmationKey(userId)]);
    const passed = await check(guess);
    if (passed) await this.counters.clear(this.deps.db, guess.keys);
    else await guess.fail();
    return passed;
  }

  async #tellOwner(actor: Actor, user: User): Promise<void> {
    const { metrics, db, notices, rule } = this.deps;
    metrics.locks.inc();
    await db.transaction(async (tx) => {
      await recordAudit(tx, actor, { type: 'ACCOUNT_LOCKED', subjectId: user.id });
      const lockedFor = `${rule.minutes} minutes or more`;
      await notices.send(tx, actor, user, 'account-locked', { lockedFor });
    });
  }
}
