import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { unavailable } from '../../platform/error.js';
import { noTracer, type Tracer } from '../../platform/tracer.js';

/** Bounds of the queue: above them the client would get its answer too late to be of use. */
const MAX_WAITING = 64;
const MAX_WAIT_MS = 15_000;

/**
 * Runs password hashes in the order of their arrival, one for each core at a time, so that queries and refreshes
 * keep their share of the machine. A full queue refuses at once.
 */
export class HashingQueue {
  readonly #limit = pLimit(availableParallelism());
  /** Moving average of the time that a hash takes. */
  #meanMs = 250;

  constructor(readonly tracer: Tracer = noTracer) {}

  /** How many hashes run or wait. */
  get length(): number {
    return this.#limit.activeCount + this.#limit.pendingCount;
  }

  /** @throws AuthError SERVICE_UNAVAILABLE if the queue is full, with the estimated wait as `retryAfter` */
  async run<T>(hash: () => Promise<T>): Promise<T> {
    const { activeCount, pendingCount, concurrency } = this.#limit;
    if (activeCount >= concurrency) {
      const waitMs = ((pendingCount + 1) * this.#meanMs) / concurrency;
      if (pendingCount >= MAX_WAITING || waitMs > MAX_WAIT_MS) throw unavailable(Math.ceil(waitMs / 1000));
    }
    // The inner span begins when the wait ends.
    return this.tracer.span('password hashing', {}, () =>
      this.#limit(() => this.tracer.span('password hashing turn', {}, () => this.#measure(hash))),
    );
  }

  async #measure<T>(hash: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await hash();
    } finally {
      this.#meanMs += (performance.now() - startedAt - this.#meanMs) / 10;
    }
  }
}
