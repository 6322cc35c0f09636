import { recordAudit } from '../../audit/index.js';
import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import { Keyring } from '../../platform/keyring.js';
import type { Notices, User } from '../accounts/index.js';
import { type Admission, admit } from './admit.js';
import { makeDeviceCookie, newDeviceId, readDeviceCookie } from './device-cookie.js';
import { FailureCounterStore, type LockRule } from './failure-counter.store.js';
import { Gate } from './gate.js';
import { accountKey, confirmationKey, deviceKey, identifierKey } from './keys.js';
import { KnownDeviceStore } from './known-device.store.js';
import type { LockoutMetrics } from './metrics.js';
import type { SprayGuard } from './spray-guard.js';

export interface LockoutDeps {
  readonly db: Database;
  readonly notices: Notices;
  readonly metrics: LockoutMetrics;
  readonly deviceSecrets: readonly string[];
  readonly rule: LockRule;
  /** None where rate limits are off. */
  readonly sprayGuard: SprayGuard | undefined;
}

/** Counting failures, and locking out who guesses. */
export class Lockout {
  readonly counters: FailureCounterStore;
  readonly devices: KnownDeviceStore;
  readonly #deviceKeys: Keyring;
  readonly #gate: Gate;

  constructor(readonly deps: LockoutDeps) {
    this.counters = new FailureCounterStore(deps.db);
    this.devices = new KnownDeviceStore(deps.db);
    this.#deviceKeys = new Keyring(deps.deviceSecrets, 'device cookies');
    this.#gate = new Gate(deps.rule.threshold);
  }

  /**
   * Counts an attempt to sign in before it is checked. Follow it by `failed` or `passed`, and in any case
   * by `settle`.
   * @throws AuthError ACCOUNT_LOCKED; RATE_LIMITED where the network has failed too often, with any accounts
   */
  async admit(actor: Actor, identifier: string, user: User | undefined, deviceCookie: string | undefined) {
    await this.deps.sprayGuard?.check(actor);
    const deviceId = readDeviceCookie(this.#deviceKeys, deviceCookie);
    const isKnown =
      user !== undefined && deviceId !== undefined && (await this.devices.isKnown(user.id, deviceId));
    const knownDeviceId = isKnown ? deviceId : undefined;
    return admit(this.counters, this.#gate, this.deps.rule, { identifier, userId: user?.id, knownDeviceId });
  }

  /** The attempt failed. Where that locked the account (or the device), the owner is told, once a lock. */
  async failed(actor: Actor, admission: Admission, user: User | undefined): Promise<void> {
    await this.deps.sprayGuard?.failed(actor);
    for (const key of admission.reserved.splice(0)) {
      const locked = await this.counters.fail(key, this.deps.rule);
      if (locked && key === admission.subject && user?.pending === false) await this.#tellOwner(actor, user);
    }
  }

  /** What was reserved has been cleared. */
  passed(admission: Admission): void {
    admission.reserved.length = 0;
  }

  /** Ends an attempt, however it went: what is still reserved was no failure, and is given back. */
  async settle(admission: Admission): Promise<void> {
    try {
      for (const key of admission.reserved.splice(0)) await this.counters.release(key);
    } finally {
      this.#gate.leave(admission.subject);
    }
  }

  /**
   * Every factor has passed: the counters start anew, and the device is known from here on.
   * @returns the device's cookie
   */
  async cleared(
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

  /** Lifts every lock of an account, however it was reached. */
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

  /** Lifts every lock and forgets every known device: the password was reset. */
  async reset(tx: Database, user: User): Promise<void> {
    await this.unlock(tx, user);
    await this.devices.forget(tx, user.id);
  }

  /**
   * Guards a check of a signed-in user's password: a stolen access token must not become a way to guess it.
   * Counted apart from sign-ins, so that a thief cannot lock the owner out by it.
   * @throws AuthError ACCOUNT_LOCKED
   */
  async guard(userId: string, check: () => Promise<boolean>): Promise<boolean> {
    const key = confirmationKey(userId);
    const reservation = await this.counters.reserve(key, this.deps.rule);
    if (reservation.outcome !== 'admitted') {
      const retryAfter = reservation.outcome === 'locked' ? reservation.retryAfter : 1;
      throw new AuthError(AuthErrorCode.ACCOUNT_LOCKED, { retryAfter });
    }
    const passed = await check().catch(async (error) => {
      await this.counters.release(key);
      throw error;
    });
    if (passed) await this.counters.clear(this.deps.db, [key]);
    else await this.counters.fail(key, this.deps.rule);
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
