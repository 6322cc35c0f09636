import { availableParallelism } from 'node:os';
import { unavailable } from '../../platform/error.js';

/** How many hashes may wait, and how long, in milliseconds. More would be answered too late to be of use. */
const MAX_QUEUE = 64;
const MAX_WAIT_MS = 15_000;

/**
 * Runs hashes, at most one a core at a time, so that sign-ins never starve queries and refreshes. Past its
 * length it refuses at once rather than keep everybody waiting.
 */
export class HashingQueue {
  readonly #inFlightMost = availableParallelism();
  readonly #waiting: (() => void)[] = [];
  #inFlight = 0;
  /** Milliseconds that a hash takes, as a moving mean. */
  #mean = 250;

  /** Told of the length whenever it changes. */
  constructor(readonly observe: (length: number) => void = () => {}) {}

  /** @throws AuthError SERVICE_UNAVAILABLE with the seconds after which there should be room */
  async run<T>(hash: () => Promise<T>): Promise<T> {
    if (this.#inFlight >= this.#inFlightMost) await this.#wait();
    else this.#inFlight += 1;
    this.#tell();
    const startedAt = performance.now();
    try {
      return await hash();
    } finally {
      this.#mean += (performance.now() - startedAt - this.#mean) / 10;
      this.#next();
    }
  }

  async #wait(): Promise<void> {
    const wait = ((this.#waiting.length + 1) * this.#mean) / this.#inFlightMost;
    if (this.#waiting.length >= MAX_QUEUE || wait > MAX_WAIT_MS) throw unavailable(Math.ceil(wait / 1000));
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Hands the place to the next that waits. */
  #next(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#inFlight -= 1;
    else next();
    this.#tell();
  }

  #tell(): void {
    this.observe(this.#inFlight + this.#waiting.length);
  }
}
