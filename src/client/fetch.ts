import { refusalInResponse } from './refusal.js';
import type { AuthClient } from './types.js';

/** `fetch` with the access token. */
export function createFetch(
  authorize: AuthClient['authorize'],
  fetch: typeof globalThis.fetch,
): typeof fetch {
  return async (input, init) => {
    const isRequest = typeof Request === 'function' && input instanceof Request;
    const headersOf = () => new Headers(init?.headers ?? (isRequest ? input.headers : undefined));
    if (headersOf().has('authorization')) return fetch(input, init);
    const isStream = typeof ReadableStream === 'function' && init?.body instanceof ReadableStream;
    // Only these bodies can be read once. Each try gets a copy of them.
    const original = isRequest || isStream ? new Request(input, init) : undefined;
    const signal = init?.signal ?? original?.signal;

    const send = (token: string | null) => {
      const headers = headersOf();
      if (token !== null) headers.set('authorization', `Bearer ${token}`);
      return original ? fetch(original.clone(), { headers }) : fetch(input, { ...init, headers });
    };
    return unlessAborted(signal, authorize(send, refusalInResponse));
  };
}

/** A call can wait for a token for seconds. Its caller must not wait longer than it wants to. */
function unlessAborted<T>(signal: AbortSignal | null | undefined, result: Promise<T>): Promise<T> {
  if (!signal) return result;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
