import type { Clock } from '../../platform/clock.js';
import type { SessionEnd } from './session.model.js';
import type { SessionStore } from './session.store.js';
import type { SessionEndTail } from './session-end-tail.js';

/** Called once. Must not throw. */
export type EndListener = (end: SessionEnd) => void;

interface Entry {
  readonly listeners: Set<EndListener>;
  /** Whether the session was read after the entry was made. */
  isChecked: boolean;
  /** Set when the session has ended. */
  end?: SessionEnd;
  /** The next check. */
  timer?: NodeJS.Timeout;
}

const RETRY_MS = 1000;
/** Node.js fires timers with a longer delay at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Tells listeners of the end of single sessions: of ends on any node, by one listener on the tail for all sessions, and
 * of expiries, by timers.
 */
export class SessionWatcher {
  readonly #entries = new Map<string, Entry>();
  readonly #stopListening: () => void;

  constructor(
    readonly store: Pick<SessionStore, 'findWatched'>,
    readonly clock: Clock,
    tail: Pick<SessionEndTail, 'listen'>,
  ) {
    this.#stopListening = tail.listen({
      onEnded: (ends) => {
        for (const end of ends) this.#end(end);
      },
      onMissed: () => {
        for (const sessionId of this.#entries.keys()) this.#checkUntilDone(sessionId);
      },
    });
  }

  /**
   * Calls the listener when the session ends; at once if it has ended already.
   *
   * Race: the session ends while a client connects. So the listener is added first, and then the session is read: an end
   * that was committed before the read is in its result, and the tail tells a later one.
   * @returns a function that removes the listener
   * @throws if the database is unavailable; then the listener is removed
   */
  async watch(sessionId: string, listener: EndListener): Promise<() => void> {
    const entry = this.#entries.get(sessionId) ?? { listeners: new Set(), isChecked: false };
    this.#entries.set(sessionId, entry);
    entry.listeners.add(listener);
    const release = () => this.#release(sessionId, entry, listener);
    if (entry.end !== undefined) listener(entry.end);
    if (entry.isChecked) return release;
    try {
      await this.#check(sessionId);
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }

  /** One event, when the session ends. Watches from the first `next` to `return`. */
  events(sessionId: string): AsyncIterable<SessionEnd> {
    return { [Symbol.asyncIterator]: () => this.#iterate(sessionId) };
  }

  /** Forgets all listeners without a call. */
  close(): void {
    this.#stopListening();
    for (const { timer } of this.#entries.values()) clearTimeout(timer);
    this.#entries.clear();
  }

  /** Not a generator: `return` of a generator waits for the pending `next`, so for the end of the session. */
  #iterate(sessionId: string): AsyncIterator<SessionEnd> {
    const finished: IteratorReturnResult<undefined> = { done: true, value: undefined };
    let finish: ((result: IteratorResult<SessionEnd>) => void) | undefined;
    let isDone = false;
    return {
      next: async () => {
        if (isDone) return finished;
        isDone = true;
        const result = new Promise<IteratorResult<SessionEnd>>((resolve) => {
          finish = resolve;
        });
        const release = await this.watch(sessionId, (value) => finish?.({ done: false, value }));
        return result.finally(release);
      },
      return: async () => {
        isDone = true;
        finish?.(finished);
        return finished;
      },
    };
  }

  #release(sessionId: string, entry: Entry, listener: EndListener): void {
    entry.listeners.delete(listener);
    if (entry.listeners.size > 0 || this.#entries.get(sessionId) !== entry) return;
    clearTimeout(entry.timer);
    this.#entries.delete(sessionId);
  }

  /** Reads the session. Tells its end, or sets the timer of its expiry. */
  async #check(sessionId: string): Promise<void> {
    const found = await this.store.findWatched(sessionId);
    // The row is deleted with its user.
    const deleted = { sessionId, reason: 'REVOKED', endedAt: new Date(this.clock.now()) } as const;
    const end = found === null ? deleted : found.end;
    if (end !== undefined) this.#end(end);
    const entry = this.#entries.get(sessionId);
    if (entry === undefined) return;
    entry.isChecked = true;
    if (end === undefined) this.#checkAfter(sessionId, entry, found?.expiresInMs ?? 0);
  }

  /** Checks again until the database answers: an end must not be lost. */
  #checkUntilDone(sessionId: string): void {
    this.#check(sessionId).catch(() => {
      const entry = this.#entries.get(sessionId);
      if (entry !== undefined) this.#checkAfter(sessionId, entry, RETRY_MS);
    });
  }

  /** The timer of the expiry only causes a check: the clock of the database decides. */
  #checkAfter(sessionId: string, entry: Entry, ms: number): void {
    if (entry.end !== undefined) return;
    clearTimeout(entry.timer);
    const delayMs = Math.min(Math.max(Math.ceil(ms), 1), MAX_TIMER_MS);
    entry.timer = setTimeout(() => this.#checkUntilDone(sessionId), delayMs);
  }

  #end(end: SessionEnd): void {
    const entry = this.#entries.get(end.sessionId);
    if (entry === undefined || entry.end !== undefined) return;
    entry.end = end;
    clearTimeout(entry.timer);
    for (const listener of [...entry.listeners]) listener(end);
  }
}
