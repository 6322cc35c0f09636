import { LRUCache } from 'lru-cache';
import type { SessionState, SessionStore } from './session.store.js';

/** How long a copy may live (ms), whatever else happens. */
const COPY_MS = 30_000;
/** How long a session that has ended is not copied again (ms): longer than any read of its state takes. */
const ENDED_MS = 60_000;
const MAX_COPIES = 100_000;

/**
 * Copies of session states in this process. The database holds the truth; a copy only saves the way, and only
 * while the tail of session ends is fresh.
 *
 * Attack: a request reads "live" from the database, a logout commits and drops the copy, and then the request
 * stores what it read before. So a session that has ended is not copied again for a minute.
 */
export class SessionCache {
  readonly #copies = new LRUCache<string, SessionState>({ max: MAX_COPIES, ttl: COPY_MS });
  #generation = 0;
  readonly #ended = new LRUCache<string, true>({ max: MAX_COPIES, ttl: ENDED_MS });

  constructor(
    readonly sessions: SessionStore,
    readonly isFresh: () => boolean,
  ) {}

  /** The state of a live session, or undefined. */
  async find(id: string): Promise<SessionState | undefined> {
    const mayCopy = this.isFresh();
    const copy = mayCopy ? this.#copies.get(id) : undefined;
    if (copy !== undefined) return copy;
    const generation = this.#generation;
    const state = await this.sessions.findState(id);
    if (state !== undefined && mayCopy && generation === this.#generation && !this.#ended.has(id)) {
      this.#copies.set(id, state, { ttl: Math.min(COPY_MS, Math.ceil(state.expiresInMs)) });
    }
    return state;
  }

  /**
   * Drops the copies of sessions that end. Call it also in the transaction that ends them, before it commits:
   * this node then answers by the database from that moment on. If it rolls back, that only costs reads.
   */
  forget(ids: readonly string[]): void {
    for (const id of ids) {
      this.#ended.set(id, true);
      this.#copies.delete(id);
    }
  }

  /** Drops all copies, and what is being read now is not copied either: it may come from another server. */
  clear(): void {
    this.#generation += 1;
    this.#copies.clear();
  }
}
