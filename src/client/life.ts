/** A jump of the device's clock by so much counts as sleep. More than a correction by NTP, less than a life. */
const JUMP_MS = 10_000;

/** How long a token is valid, measured by a monotonic clock: the device's clock can be wrong. */
export interface Life {
  readonly totalMs: number;
  remainingMs(): number;
}

/** @param remainingMs by default the whole life: the token has just been issued */
export function startLife(totalMs: number, remainingMs = totalMs): Life {
  const start = performance.now();
  const startByDate = Date.now();
  return {
    totalMs,
    remainingMs() {
      const elapsed = performance.now() - start;
      // performance.now() can stop while the device sleeps. A wrong guess costs one refresh.
      const hasSlept = Date.now() - startByDate - elapsed > JUMP_MS;
      return hasSlept ? 0 : remainingMs - elapsed;
    },
  };
}

const MARGIN_MS = 30_000;

/** Whether the token lasts 30 s more. Of a shorter life, the first half is used, so that not each call refreshes. */
export const isUsable = (life: Life): boolean =>
  life.remainingMs() > (life.totalMs > MARGIN_MS ? MARGIN_MS : life.totalMs / 2);
