import type { ServerResponse } from 'node:http';
import type { Backlog } from './shared-backlogs.js';

/**
 * A reader for whom more bytes wait for `MAX_OVER_MS` is disconnected, and resumes with its cursor. For a moment there
 * may be more: an operator can end any number of sessions in one transaction.
 */
const MAX_WAITING_BYTES = 1024 * 1024;
const MAX_OVER_MS = 5000;
/** With so many bytes, a reader is disconnected at the next poll. */
const MAX_BATCH_BYTES = 16 * 1024 * 1024;
/** The backlog is written in pieces of this size. */
const PIECE_BYTES = 64 * 1024;

/** One open stream. First it writes the backlog at the speed of its reader, then it follows the polls. */
export class FeedStream {
  /** Ends that polls found while the backlog is written. Undefined once the stream follows. */
  #queue: Buffer[] | undefined;
  #queuedBytes = 0;
  /** Since when more than `MAX_WAITING_BYTES` wait. */
  #overSince: number | undefined;
  #hasBeat = false;
  readonly #openedAt = performance.now();

  constructor(
    readonly raw: ServerResponse,
    /** Called when the reader is disconnected because it is slow. */
    readonly onSlow: () => void,
  ) {}

  get #isFollowing(): boolean {
    return this.#queue === undefined;
  }

  /**
   * Sends a beat if it is due, and if all ends before it have been sent.
   * @param polledAt when the poll behind it was sent. The first beat needs a poll from after the opening: the backlog
   * can have been read for another stream before, so an end that was committed since may be in no poll yet.
   * @param isDue whether a stream that has beaten before beats again
   */
  beat(frame: Buffer, polledAt: number, isDue: boolean): void {
    if (!this.#isFollowing || polledAt < this.#openedAt || (this.#hasBeat && !isDue)) return;
    this.#hasBeat = true;
    this.send(frame);
  }

  /** Writes the backlog, and the ends that `send` gets meanwhile. Returns early if the connection is closed. */
  async writeBacklog({ pieces, later }: Backlog): Promise<void> {
    // Copied in the same turn in which the caller registers the stream: no poll comes between.
    this.#queue = [...later];
    this.#queuedBytes = later.reduce((sum, { length }) => sum + length, 0);
    for (const piece of pieces) if (!(await this.#writeAll(piece))) return;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      this.#queuedBytes -= next.length;
      if (!(await this.#writeAll(next))) return;
    }
    this.#queue = undefined;
  }

  /** Sends something at once, or after the backlog. */
  send(frames: Buffer): void {
    if (this.#queue === undefined) {
      this.raw.write(frames);
    } else {
      this.#queue.push(frames);
      this.#queuedBytes += frames.length;
    }
  }

  /** Disconnects a reader that is too slow. Called at each poll, before something is sent. */
  dropIfSlow(): void {
    const waiting = this.#queuedBytes + this.raw.writableLength;
    if (waiting <= MAX_WAITING_BYTES) {
      this.#overSince = undefined;
      return;
    }
    this.#overSince ??= performance.now();
    if (waiting <= MAX_BATCH_BYTES && performance.now() - this.#overSince <= MAX_OVER_MS) return;
    this.onSlow();
    this.raw.destroy();
  }

  /** Ends the response, so that the reader connects again. */
  end(): void {
    // `end` would wait until the reader has read the buffered data.
    if (this.#isFollowing && this.raw.writableLength === 0) this.raw.end();
    else this.raw.destroy();
  }

  async #writeAll(data: Buffer): Promise<boolean> {
    for (let from = 0; from < data.length; from += PIECE_BYTES) {
      if (this.raw.destroyed || this.raw.writableEnded) return false;
      if (!this.raw.write(data.subarray(from, from + PIECE_BYTES))) await this.#drained();
    }
    return !this.raw.destroyed && !this.raw.writableEnded;
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.raw.off('drain', done);
        this.raw.off('close', done);
        resolve();
      };
      this.raw.once('drain', done);
      this.raw.once('close', done);
    });
  }
}
