export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
  readonly code = 'TIMEOUT';
}

/**
 * Rejects with a `TimeoutError` after `timeoutMs`. The work goes on, and its outcome is ignored.
 *
 * After a blocked event loop, expired timers run before the answers that arrived meanwhile are read. So the timeout
 * takes effect one turn later: a busy process must not take its own delay for that of a server.
 */
export function withTimeout<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const expire = () => reject(new TimeoutError(`no answer within ${timeoutMs} ms`));
    const timer = setTimeout(() => setImmediate(expire), timeoutMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
