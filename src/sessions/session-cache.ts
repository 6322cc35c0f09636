import { LRUCache } from 'lru-cache';
import { announce, type Database, type DatabaseHandle } from '../platform/database.js';
import type { Log } from '../platform/log.js';
import type { KeyValueStore } from '../platform/store.js';
import type { SessionState, SessionStore } from './session.store.js';

/** How long a copy may live, in seconds: the outer bound should every other measure fail. */
const COPY_SECONDS = 30;
/** How long a session whose state is changing is read from the database, in seconds; longer than any copy. */
const DISTRUST_SECONDS = 60;
const DISTRUSTED = '!';
const CHANNEL = 'sessions_changed';
/** Ids in one announcement: Postgres takes 8,000 bytes. */
const IDS_AT_ONCE = 200;

/**
 * Copies of session states in the key-value store. The database holds the truth; a copy only saves the way.
 *
 * Attack: a request reads "live" from the database, a logout commits and drops the copy, and then the request
 * writes the copy that it read before. So a change first marks the session as distrusted, before it commits:
 * the mark keeps readers off the copy, and writers from putting one (they write only where nothing is). A
 * process that dies between mark and commit has done no harm.
 *
 * Attack: the store is out of this node's reach while a session is revoked, and within others', or thaws later
 * with the copy still in it. So where the mark fails, the transaction announces the change through the
 * database, and every node distrusts the session by itself. That is part of the commit: no process can die in
 * between.
 */
export class SessionCache {
  /** Sessions that this node has been told of. */
  readonly #distrusted = new LRUCache<string, true>({ max: 100_000, ttl: DISTRUST_SECONDS * 1000 });

  constructor(
    readonly sessions: SessionStore,
    readonly store: KeyValueStore,
    readonly log: Log,
  ) {}

  /** Begins to hear of sessions that changed elsewhere. */
  start(database: DatabaseHandle): Promise<void> {
    return database.listen(CHANNEL, (message) => {
      for (const id of message.split(',')) this.#distrusted.set(id, true);
    });
  }

  /** The state of a live session, or undefined. */
  async find(id: string): Promise<SessionState | undefined> {
    const mayCopy = this.store.healthy && !this.#distrusted.has(id);
    const copy = mayCopy ? await this.store.get(key(id)).catch(() => null) : null;
    if (copy !== null && copy !== DISTRUSTED) {
      const state = JSON.parse(copy) as SessionState;
      return state.expiresAt > Date.now() ? state : undefined;
    }
    const state = await this.sessions.findState(id);
    if (state !== undefined && copy === null && mayCopy) {
      await this.store
        .set(key(id), JSON.stringify(state), COPY_SECONDS, { onlyIfAbsent: true })
        .catch(() => {});
    }
    return state;
  }

  /** Call in the transaction that ends these sessions or changes what they may do, before it commits. */
  async distrust(tx: Database, ids: readonly string[]): Promise<void> {
    const marked = await Promise.all(ids.map((id) => this.#mark(id)));
    const unmarked = ids.filter((_, i) => !marked[i]);
    if (unmarked.length === 0) return;
    this.log.warn(
      { sessions: unmarked.length },
      'the store is away: changed sessions are announced by the database',
    );
    for (let i = 0; i < unmarked.length; i += IDS_AT_ONCE) {
      await announce(tx, CHANNEL, unmarked.slice(i, i + IDS_AT_ONCE).join(','));
    }
  }

  async #mark(id: string): Promise<boolean> {
    return this.store.set(key(id), DISTRUSTED, DISTRUST_SECONDS).catch(() => false);
  }
}

function key(id: string): string {
  return `session:${id}`;
}
