import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { FailureCounterStore, LockRule } from './failure-counter.store.js';
import type { CounterKeys } from './keys.js';

/**
 * One guess at a password.
 *
 * Attack: fifty guesses at once are all compared before the first failure is counted (ASVS 6.3.1). So an outcome is
 * told only after the database has agreed: a wrong guess after its failure was counted, a right one after the counters
 * were seen open behind the comparison. All others get the lock for an answer, on however many nodes they run.
 *
 * Nothing is reserved, so nothing has to be given back if a guess is right, is not checked or dies with its process.
 */
export class Guess {
  private constructor(
    readonly counters: FailureCounterStore,
    readonly rule: LockRule,
    readonly keys: CounterKeys,
  ) {}

  /**
   * Writes, so that no password is compared while failures cannot be counted.
   * @throws AuthError ACCOUNT_LOCKED
   */
  static async begin(counters: FailureCounterStore, rule: LockRule, keys: CounterKeys): Promise<Guess> {
    const { outcome, retryAfter } = await counters.count(keys[0], 0, rule);
    if (outcome !== 'open') throw locked(retryAfter);
    return new Guess(counters, rule, keys);
  }

  /** Asked right before a comparison, which may have waited for others: of many guesses at once few are compared. */
  mayCompare(): Promise<boolean> {
    return this.counters.areOpen([this.keys[0]], this.rule);
  }

  /** Asked right after a comparison that matched. If not, the guess counts as wrong. */
  mayPass(): Promise<boolean> {
    return this.counters.areOpen(this.keys, this.rule);
  }

  /**
   * Counts the failure.
   * @returns the keys that it locked
   * @throws AuthError ACCOUNT_LOCKED if others have locked meanwhile: whether this one was wrong must not be told
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
