import type { Log } from '../platform/log.js';
import type { KeyValueStore } from '../platform/store.js';
import type { SessionState, SessionStore } from './session.store.js';

/** How long a copy may live, in seconds: the outer bound should every other measure fail. */
const COPY_SECONDS = 30;
/** How long a session whose state is changing is read from the database, in seconds; longer than any request. */
const DISTRUST_SECONDS = 60;
const DISTRUSTED = '!';

/**
 * Copies of session states in the key-value store. The database holds the truth; a copy only saves the way.
 *
 * Attack: a request reads "live" from the database, a logout commits and drops the copy, and then the request
 * writes the copy that it read before. So a change first marks the session as distrusted, before it commits:
 * the mark keeps readers off the copy, and writers from putting one (they write only where nothing is). A
 * process that dies between mark and commit has done no harm.
 */
export class SessionCache {
  constructor(
    readonly sessions: SessionStore,
    readonly store: KeyValueStore,
    readonly log: Log,
  ) {}

  /** The state of a live session, or undefined. */
  async find(id: string): Promise<SessionState | undefined> {
    const copy = this.store.healthy ? await this.store.get(key(id)).catch(() => null) : null;
    if (copy !== null && copy !== DISTRUSTED) {
      const state = JSON.parse(copy) as SessionState;
      return state.expiresAt > Date.now() ? state : undefined;
    }
    const state = await this.sessions.findState(id);
    if (state !== undefined && copy === null && this.store.healthy) {
      await this.store
        .set(key(id), JSON.stringify(state), COPY_SECONDS, { onlyIfAbsent: true })
        .catch(() => {});
    }
    return state;
  }

  /**
   * Call before the commit that ends these sessions or changes what they may do. A store that is away fails
   * nothing: readers see that for themselves, and the mark is tried again until any copy is too old to matter.
   */
  async distrust(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#mark(id, Date.now() + COPY_SECONDS * 1000)));
  }

  async #mark(id: string, until: number): Promise<void> {
    try {
      await this.store.set(key(id), DISTRUSTED, DISTRUST_SECONDS);
    } catch (error) {
      this.log.warn({ err: error }, 'a session could not be marked as changed; trying again');
      if (Date.now() < until) setTimeout(() => void this.#mark(id, until), 250).unref();
    }
  }
}

function key(id: string): string {
  return `session:${id}`;
}
