import type { Log } from './log.js';
import { withTimeout } from './with-timeout.js';

/** Closes a component, which may wait for its running work until the timeout. */
type Close = (timeoutMs: number) => unknown;

/** How long a component may exceed its timeout before it is left open. */
const CLOSE_GRACE_MS = 2000;

/** Closes what the steps of a start have opened, in reverse order: at a stop, and if the start fails. */
export class Lifecycle {
  readonly #opened: Close[] = [];

  private constructor(
    readonly log: Log,
    readonly signal: AbortSignal | undefined,
  ) {}

  /**
   * Runs a start. If it fails or is aborted, closes what it has opened.
   * @throws the error of `work`; the reason of `signal`
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

  /**
   * Logs the next step of the start.
   * @throws the reason of `signal` if it is aborted
   */
  step(name: string): void {
    this.signal?.throwIfAborted();
    this.log.info(name);
  }

  /**
   * Registers how to close what was just opened.
   * @throws the reason of `signal` if it is aborted
   */
  onClose(close: Close): void {
    this.#opened.push(close);
    this.signal?.throwIfAborted();
  }

  /**
   * Closes everything, even if a component fails or hangs.
   * @param timeoutMs for all components together; after it, each still gets a second
   */
  async close(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (let close = this.#opened.pop(); close !== undefined; close = this.#opened.pop()) {
      const leftMs = Math.max(deadline - performance.now(), 1000);
      try {
        await withTimeout(leftMs + CLOSE_GRACE_MS, Promise.resolve(close(leftMs)));
      } catch (error) {
        this.log.warn({ err: error }, 'could not close a component of the gateway');
      }
    }
  }
}
