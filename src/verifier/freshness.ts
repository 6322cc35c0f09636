import type { Beat } from './feed-events.js';

/** The smallest delay of the last one to two windows counts as the delay of the network alone. */
const WINDOW_MS = 5 * 60_000;

/**
 * The age of the knowledge of ended sessions, and the time of the gateway.
 *
 * Attack: the connection is frozen for a while, and then delivers old beats. So a beat counts from the time at which
 * the gateway read the ends, by the gateway's monotonic clock, and not from its arrival.
 */
export class Freshness {
  /** The time of the knowledge, by the monotonic clock and by the wall clock (ms). */
  #knownAtMs = Number.NEGATIVE_INFINITY;
  #knownAtWallMs = Number.NEGATIVE_INFINITY;
  /** The gateway's wall clock minus our monotonic clock (ms). */
  #gatewayOffsetMs = Number.NEGATIVE_INFINITY;
  #minDelayMs = Number.POSITIVE_INFINITY;
  #previousMinDelayMs = Number.POSITIVE_INFINITY;
  #windowStartMs = 0;

  /** A new connection may lead to another node, whose clock has another origin. */
  connected(): void {
    this.#minDelayMs = Number.POSITIVE_INFINITY;
    this.#previousMinDelayMs = Number.POSITIVE_INFINITY;
    this.#windowStartMs = performance.now();
  }

  beat({ polledAtMs, atMs }: Beat): void {
    const now = performance.now();
    const knownAtMs = polledAtMs === undefined ? now : now - this.#lateness(now, polledAtMs);
    if (atMs !== undefined) this.#gatewayOffsetMs = atMs - knownAtMs;
    if (knownAtMs < this.#knownAtMs) return;
    this.#knownAtMs = knownAtMs;
    this.#knownAtWallMs = Date.now() - (now - knownAtMs);
  }

  /** By how much (ms) a beat was later than the network explains. */
  #lateness(now: number, polledAtMs: number): number {
    if (now - this.#windowStartMs > WINDOW_MS) {
      this.#previousMinDelayMs = this.#minDelayMs;
      this.#minDelayMs = Number.POSITIVE_INFINITY;
      this.#windowStartMs = now;
    }
    // The two clocks have different origins, so only differences of this delay mean something.
    const delayMs = now - polledAtMs;
    this.#minDelayMs = Math.min(this.#minDelayMs, delayMs);
    return delayMs - Math.min(this.#minDelayMs, this.#previousMinDelayMs);
  }

  /** Nothing is known any more. */
  reset(): void {
    this.#knownAtMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Seconds since the ends of sessions were read. The monotonic clock stands still while the machine is suspended, so
   * the wall clock counts if it shows more.
   */
  get staleness(): number {
    return Math.max(0, performance.now() - this.#knownAtMs, Date.now() - this.#knownAtWallMs) / 1000;
  }

  /**
   * Seconds since the epoch. If our clock is behind the gateway's, the latter counts: otherwise a token would be
   * accepted when its session has already been forgotten, and new tokens would seem to be from the future.
   */
  get nowSeconds(): number {
    return Math.max(Date.now(), this.#gatewayOffsetMs + performance.now()) / 1000;
  }
}
