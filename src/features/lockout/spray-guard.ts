import type { Actor } from '../../platform/actor.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { WindowCounter } from '../../platform/window-counter.js';

/** The limit of failed sign-ins from one network within the window, over all accounts. */
const MAX_FAILURES = 100;
const WINDOW_SECONDS = 900;

/**
 * Attack: one network guesses at many accounts, too seldom at each to lock it. This is a rate limit and not a lock,
 * because whole offices share an address.
 */
export class SprayGuard {
  constructor(readonly counter: WindowCounter) {}

  /** @throws AuthError RATE_LIMITED */
  async check(actor: Actor): Promise<void> {
    const { count, resetInMs } = await this.counter.read(key(actor));
    if (count < MAX_FAILURES) return;
    throw new AuthError(AuthErrorCode.RATE_LIMITED, { retryAfter: Math.max(1, Math.ceil(resetInMs / 1000)) });
  }

  async recordFailure(actor: Actor): Promise<void> {
    await this.counter.increment(key(actor), WINDOW_SECONDS);
  }
}

function key({ origin }: Actor): string {
  return `failures:${origin.network}`;
}
