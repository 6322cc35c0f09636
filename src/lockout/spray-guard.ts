import { AuthError, AuthErrorCode } from '../platform/error.js';
import type { Client } from '../platform/principal.js';
import type { KeyValueStore } from '../platform/store.js';

/** Failed sign-ins from one network, over all accounts, within the window. */
const MOST = 100;
const WINDOW_SECONDS = 900;

/**
 * Attack: one network guesses at many accounts, at each too seldom to lock it. It is a rate limit, not a lock:
 * whole offices share an address, so it ends by itself and is counted in the key-value store.
 */
export class SprayGuard {
  constructor(
    readonly store: KeyValueStore,
    /** Counts where the store is away. */
    readonly fallback: KeyValueStore,
  ) {}

  /** @throws AuthError RATE_LIMITED */
  async check(client: Client): Promise<void> {
    const count = await this.store.get(key(client)).catch(() => this.fallback.get(key(client)));
    if (Number(count ?? 0) >= MOST)
      throw new AuthError(AuthErrorCode.RATE_LIMITED, { retryAfter: WINDOW_SECONDS });
  }

  async failed(client: Client): Promise<void> {
    await this.store
      .increment(key(client), WINDOW_SECONDS)
      .catch(() => this.fallback.increment(key(client), WINDOW_SECONDS));
  }
}

function key({ network }: Client): string {
  return `failures:${network}`;
}
