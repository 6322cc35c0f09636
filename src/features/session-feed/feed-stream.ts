import type { ServerResponse } from 'node:http';
import type { Backlog } from './shared-backlogs.js';

/**
 * If more bytes wait for a reader when the next ends come, it is disconnected, and resumes with its cursor. One batch
 * may be larger: an operator can end any number of sessions in one transaction.
 */
const MAX_WAITING_BYTES = 1024 * 1024;
/** The backlog is written in pieces of this size. */
const PIECE_BYTES = 64 * 1024;

/** One open stream. First it writes the backlog at the speed of its reader, then it follows the polls. */
export class FeedStream {
  /** Ends that polls found while the backlog is written. Undefined once the stream follows. */
  #queue: Buffer[] | undefined;
  #queuedBytes = 0;
  #hasBeat = false;
  readonly #openedAt = performance.now();

  constructor(
    readonly raw: ServerResponse,
    readonly onSlow: () => void,
  ) {}

  get #isFollowing(): boolean {
    return this.#queue === undefined;
  }

  /**
   * Sends a beat if all that it promises has been sent, and if the stream has one to send.
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
    if (this.#queuedBytes + this.raw.writableLength > MAX_WAITING_BYTES) {
      this.onSlow();
      this.raw.destroy();
    } else if (this.#queue !== undefined) {
      this.#queue.push(frames);
      this.#queuedBytes += frames.length;
    } else {
      this.raw.write(frames);
    }
  }

  /** Ends the response, so that the reader connects again. */
  end(): void {
    // An `end` would wait until the reader has taken what is buffered.
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
