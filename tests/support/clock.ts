import { setTimeout as sleep } from 'node:timers/promises';

/** The time of a gateway, in milliseconds since the epoch. */
export interface TestClock {
  now(): number;
  /** Resolves when the clock has reached this time. */
  reach(time: number): Promise<void>;
}

/** The clock of a gateway in another process: a test can only wait. */
export const realClock: TestClock = {
  now: () => Date.now(),
  async reach(time) {
    // A timer may fire slightly early.
    while (Date.now() < time) await sleep(time - Date.now());
  },
};

/** The clock of a gateway in the test's process. It runs, and a test can move it forward. */
export class MovableClock implements TestClock {
  #aheadMs = 0;

  now(): number {
    return Date.now() + this.#aheadMs;
  }

  async reach(time: number): Promise<void> {
    this.#aheadMs = Math.max(this.#aheadMs, time - Date.now());
  }
}
