import type { Log } from './log.js';
import { withTimeout } from './with-timeout.js';

/** Closes one part; `milliseconds` is how long it may still wait for running work. */
type Close = (milliseconds: number) => unknown;

/** How long (ms) a part may take beyond its time before it counts as hanging. */
const HANG_MS = 2000;

/** The steps of a start, and what they opened: closed in reverse order after a failed start as at a stop. */
export class Lifecycle {
  readonly #opened: Close[] = [];

  private constructor(
    readonly log: Log,
    readonly signal: AbortSignal | undefined,
  ) {}

  /**
   * Runs a start. If it fails, or `signal` aborts it, whatever it had opened is closed again.
   * @throws what the start throws; the reason of `signal`
   */
  static async start<T>(
    log: Log,
    signal: AbortSignal | undefined,
    work: (lifecycle: Lifecycle) => Promise<T>,
  ): Promise<T> {
    const lifecycle = new Lifecycle(log, signal);
    try {
      const started = await work(lifecycle);
      signal?.throwIfAborted();
      return started;
    } catch (error) {
      await lifecycle.close(1000);
      throw error;
    }
  }

  /** Logs what the start does next, unless it has been aborted. */
  step(what: string): void {
    this.signal?.throwIfAborted();
    this.log.info(what);
  }

  /** Remembers how to close what was opened; then the start ends here if it has been aborted. */
  onClose(close: Close): void {
    this.#opened.push(close);
    this.signal?.throwIfAborted();
  }

  /**
   * Closes everything. A part that fails or hangs does not keep the others open.
   * @param milliseconds for all parts together; each still gets a second when they are used up
   */
  async close(milliseconds: number): Promise<void> {
    const until = performance.now() + milliseconds;
    for (let close = this.#opened.pop(); close !== undefined; close = this.#opened.pop()) {
      const left = Math.max(until - performance.now(), 1000);
      try {
        await withTimeout(left + HANG_MS, Promise.resolve(close(left)));
      } catch (error) {
        this.log.warn({ err: error }, 'a part of the gateway could not be closed');
      }
    }
  }
}
