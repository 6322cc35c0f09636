import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseHandle, Poller } from '../../platform/database-handle.js';
import type { Log } from '../../platform/log.js';
import type { SessionEnd } from './session.model.js';
import { type Poll, pollSessionEnds } from './session-end.store.js';

const POLL_INTERVAL_MS = 100;
/** Cached session states are used only if the last successful poll is not older than this. */
const MAX_STALENESS_MS = 500;

/** Listeners must not throw. */
export interface TailListener {
  /** The ends that a poll found. Never empty. */
  onEnded?(ends: readonly SessionEnd[]): void;
  /** Ends may have been missed: the database is another server, or was restored to an older state. */
  onMissed?(): void;
  /**
   * Called after each successful poll, after `onEnded`.
   * @param sentAt the time at which the poll was sent, by `performance.now()`
   */
  onPolled?(poll: Poll, sentAt: number): void;
}

/**
 * Polls the ends of sessions several times a second, on a connection of its own.
 *
 * Attack: the connection of the poll is frozen or cut while another node revokes a session. This node gets no
 * notification. So `isFresh` measures from the time at which the last successful poll was sent.
 *
 * Attack: after a failover the poll is still connected to the former primary, where no more sessions end. So
 * a poll fails if the server is read-only, and all connections are replaced.
 */
export class SessionEndTail {
  #poller: Poller | undefined;
  #snapshot: string | undefined;
  #server: string | undefined;
  #polledAt = Number.NEGATIVE_INFINITY;
  #isFailing = false;
  #running: Promise<void> | undefined;
  #isClosed = false;
  readonly #listeners = new Set<TailListener>();

  constructor(
    readonly database: DatabaseHandle,
    readonly log: Log,
  ) {}

  /**
   * Calls the listener for all ends that are committed from now on.
   * @returns a function that removes the listener
   */
  listen(listener: TailListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whether this node knows all ends that were committed more than `MAX_STALENESS_MS` ago. */
  get isFresh(): boolean {
    return performance.now() - this.#polledAt < MAX_STALENESS_MS;
  }

  async start(): Promise<void> {
    this.#poller = this.database.openPoller();
    await this.#pollOnce(this.#poller);
    this.#running = this.#run(this.#poller);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
    await this.#poller?.close();
  }

  async #run(poller: Poller): Promise<void> {
    while (!this.#isClosed) {
      await sleep(POLL_INTERVAL_MS);
      await this.#pollOnce(poller);
    }
  }

  async #pollOnce(poller: Poller): Promise<void> {
    const sentAt = performance.now();
    try {
      const poll = await pollSessionEnds(poller, this.#snapshot);
      if (poll.isReadOnly) {
        poller.reconnect('the server has become read-only');
        throw new Error('the database is read-only');
      }
      // A promoted standby can reuse transaction ids that the previous snapshot contains.
      if (this.#server !== undefined && poll.server !== this.#server) {
        poller.reconnect('the server was restarted or replaced');
        for (const listener of this.#listeners) listener.onMissed?.();
      }
      for (const listener of this.#listeners) {
        if (poll.ends.length > 0) listener.onEnded?.(poll.ends);
        listener.onPolled?.(poll, sentAt);
      }
      this.#snapshot = poll.snapshot;
      this.#server = poll.server;
      this.#polledAt = sentAt;
      if (this.#isFailing) this.log.info('session ends are polled again');
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing && !this.#isClosed) {
        this.log.warn(
          { err: error },
          'cannot poll the session ends: session states are read from the database',
        );
      }
      this.#isFailing = true;
    }
  }
}
