const MIN_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5000;

/** Pauses between attempts: they double, and jitter keeps many verifiers from connecting at the same time. */
export class Backoff {
  #failures = 0;

  nextMs(): number {
    const pauseMs = Math.min(MAX_PAUSE_MS, MIN_PAUSE_MS * 2 ** this.#failures);
    this.#failures += 1;
    return pauseMs * (0.5 + Math.random() / 2);
  }

  reset(): void {
    this.#failures = 0;
  }
}

/** Waits, or resolves at once if the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

/** A controller that is also aborted with `signal`. (`AbortSignal.any` leaks memory in Node.js 20.) */
export function linkedController(signal: AbortSignal): { controller: AbortController; unlink: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  return { controller, unlink: () => signal.removeEventListener('abort', abort) };
}

/** The error of a failed request, with its cause in the message: `fetch` itself says only "fetch failed". */
export function requestFailed(url: string, error: unknown): Error {
  const { cause, message } = error as Error;
  const detail = cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : message;
  return new Error(`GET ${url} failed: ${detail}`, { cause: error });
}
