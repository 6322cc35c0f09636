import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { FailureCounterStore, LockRule } from './failure-counter.store.js';
import type { CounterKeys } from './keys.js';

/**
 * One guess at a password.
 *
 * Attack: fifty concurrent guesses are all compared before the first failure is counted (ASVS 6.3.1). So the client
 * learns an outcome only after the database has agreed: a wrong guess is answered after its failure was counted, a right
 * guess after the counters were read again and none was locked. A guess that finds the first counter locked is answered with `ACCOUNT_LOCKED`; if another counter is locked, it is answered like a wrong password. The counters are in the database, so this holds across nodes.
 *
 * `begin` counts nothing. So there is no count to undo if the guess is right, is never compared, or the process is killed.
 */
export class Guess {
  private constructor(
    readonly counters: FailureCounterStore,
    readonly rule: LockRule,
    readonly keys: CounterKeys,
  ) {}

  /**
   * Refuses the guess if its first counter is locked. It writes to the counter: if the database cannot count failures, it fails before a password is compared.
   * @throws AuthError ACCOUNT_LOCKED
   */
  static async begin(counters: FailureCounterStore, rule: LockRule, keys: CounterKeys): Promise<Guess> {
    const { outcome, retryAfter } = await counters.count(keys[0], 0, rule);
    if (outcome !== 'open') throw locked(retryAfter);
    return new Guess(counters, rule, keys);
  }

  /** Call it immediately before the comparison: guesses that waited in the queue are refused after a lock. */
  mayCompare(): Promise<boolean> {
    return this.counters.areOpen([this.keys[0]], this.rule);
  }

  /** Call it immediately after a match. If it returns false, treat the guess as wrong. */
  mayPass(): Promise<boolean> {
    return this.counters.areOpen(this.keys, this.rule);
  }

  /**
   * Call it if the password was not compared. Attack: guesses at made-up identifiers that the full hashing queue refuses
   * would leave a row each, limited by nothing but the number of addresses. So each row costs the attacker a hash.
   */
  async withdraw(): Promise<void> {
    await this.counters.deleteEmpty(this.keys[0]);
  }

  /**
   * Counts the failure.
   * @returns the keys that this failure locked
   * @throws AuthError ACCOUNT_LOCKED if another guess has locked the counter; the client must not learn whether the password was right
   */
  async fail(): Promise<string[]> {
    const lockedNow: string[] = [];
    for (const key of this.keys) {
      const { outcome, retryAfter } = await this.counters.count(key, 1, this.rule);
      if (outcome === 'refused' && key === this.keys[0]) throw locked(retryAfter);
      if (outcome === 'locked') lockedNow.push(key);
    }
    return lockedNow;
  }
}

function locked(retryAfter: number): AuthError {
  return new AuthError(AuthErrorCode.ACCOUNT_LOCKED, { retryAfter });
}
