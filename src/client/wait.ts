/** Resolves after the time, or when one of the signals is aborted. In Node the timer keeps the process alive. */
export function sleep(ms: number, ...signals: AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    for (const signal of signals) signal.addEventListener('abort', done);
    if (signals.some(({ aborted }) => aborted)) done();
  });
}

/** A timer for work that nobody waits for. It does not keep Node alive. */
export function later(ms: number, run: () => void): () => void {
  const timer: unknown = setTimeout(run, ms);
  (timer as { unref?: () => void }).unref?.();
  return () => clearTimeout(timer as number);
}

/**
 * Runs with a signal that is aborted after the time or by another signal. AbortSignal.any and timeout are too new for some
 * native platforms.
 */
export async function withDeadline<T>(
  ms: number,
  outer: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController();
  const abort = () => inner.abort();
  if (outer.aborted) abort();
  outer.addEventListener('abort', abort);
  const timer = setTimeout(abort, ms);
  try {
    return await run(inner.signal);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', abort);
  }
}

/** Half of the time or more: clients that failed together do not retry together. */
export const jittered = (ms: number): number => ms * (0.5 + Math.random() / 2);
