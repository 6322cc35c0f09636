import { lruCache } from '../../platform/lru-cache.js';
import type { SessionState } from './session.model.js';
import type { SessionStore } from './session.store.js';

const MAX_AGE_MS = 30_000;
/** After its end, a session is not cached for this time. Longer than any read of a session state takes. */
const ENDED_MS = 60_000;
const MAX_STATES = 50_000;
/** More sessions than may end within `ENDED_MS`. */
const MAX_ENDED = 100_000;

/**
 * Caches session states in this process. The cache is used only while `isFresh` returns true.
 *
 * Attack: a request reads a live session from the database, then a logout commits and evicts the session,
 * then the request caches the state that it has read. So a session that has ended is not cached for a minute.
 */
export class SessionCache {
  readonly #states = lruCache<SessionState>(MAX_STATES, { ttl: MAX_AGE_MS });
  #generation = 0;
  readonly #ended = lruCache<true>(MAX_ENDED, { ttl: ENDED_MS });

  constructor(
    readonly sessions: SessionStore,
    readonly isFresh: () => boolean,
  ) {}

  /** The state of a live session. */
  async find(id: string): Promise<SessionState | undefined> {
    const canCache = this.isFresh();
    const cached = canCache ? this.#states.get(id) : undefined;
    if (cached !== undefined) return cached;
    const generation = this.#generation;
    const state = await this.sessions.findState(id);
    if (state !== undefined && canCache && generation === this.#generation && !this.#ended.has(id)) {
      this.#states.set(id, state, { ttl: Math.min(MAX_AGE_MS, Math.ceil(state.expiresInMs)) });
    }
    return state;
  }

  /**
   * Evicts sessions that end. Call it also in the transaction that ends them, before the commit: from then on
   * this node reads these sessions from the database. A rollback only costs additional reads.
   */
  evict(ids: readonly string[]): void {
    for (const id of ids) {
      this.#ended.set(id, true);
      this.#states.delete(id);
    }
  }

  /** Evicts all sessions. Reads in progress are not cached: they may come from another server. */
  clear(): void {
    this.#generation += 1;
    this.#states.clear();
  }
}
