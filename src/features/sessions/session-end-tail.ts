import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseHandle, Poller } from '../../platform/database-handle.js';
import type { Log } from '../../platform/log.js';
import { pollSessionEnds } from './session-end.store.js';

/** Pause between two polls (ms). */
const POLL_INTERVAL_MS = 100;
/** How old the last successful poll may be (ms) for copies of session states to count. */
const MAX_STALENESS_MS = 500;

export interface TailListener {
  /** These sessions have ended. */
  ended(sessionIds: readonly string[]): void;
  /** Ends may have been missed: the database is another server, or an older state of it. */
  missed(): void;
  /** After each poll: how many transactions it had to look at again. */
  observed(openTransactions: number): void;
}

/**
 * Reads the ends of sessions several times a second, on a connection of its own.
 *
 * Attack: the reader's connection is frozen or cut while another node revokes a session. Nobody tells this node
 * of it. So `isFresh` counts from the moment at which the last answered poll was sent.
 *
 * Attack: after a failover the reader is still connected to the former primary, where no session ends any more.
 * So a poll that a read-only server answers counts as failed, and all connections are made anew.
 */
export class SessionEndTail {
  #poller: Poller | undefined;
  #snapshot: string | undefined;
  #server: string | undefined;
  #polledAt = Number.NEGATIVE_INFINITY;
  #isFailing = false;
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(
    readonly database: DatabaseHandle,
    readonly listener: TailListener,
    readonly log: Log,
  ) {}

  /** Whether every end that was committed more than `MAX_STALENESS_MS` ago is known. */
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
      // A promoted standby may count its transactions from below those that we have seen.
      if (this.#server !== undefined && poll.server !== this.#server) {
        poller.reconnect('the database is another server');
        this.listener.missed();
      }
      if (poll.sessionIds.length > 0) this.listener.ended(poll.sessionIds);
      this.listener.observed(poll.openTransactions);
      this.#snapshot = poll.snapshot;
      this.#server = poll.server;
      this.#polledAt = sentAt;
      if (this.#isFailing) this.log.info('session ends are read again');
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing && !this.#isClosed) {
        this.log.warn({ err: error }, 'session ends cannot be read: session states come from the database');
      }
      this.#isFailing = true;
    }
  }
}
