import type { CustomFetch } from 'openid-client';
import { isLoopbackHost } from '../../platform/loopback.js';

/** Larger than any discovery document or key set in use. */
const MAX_BYTES = 256 * 1024;

/**
 * A `fetch` for requests to a provider. It follows no redirect: a provider, or whoever answers in its place, must not
 * choose which host receives the client secret. A larger answer is cut off, so it cannot fill the memory.
 * @param deadline ends all requests that use this function, the reading of the bodies included
 */
export function boundedFetch(deadline: AbortSignal): CustomFetch {
  return async (url, { method, headers: sent, body: data }) => {
    requireSafe(new URL(url));
    const response = await fetch(url, {
      method,
      headers: sent,
      body: data as string | URLSearchParams | undefined,
      redirect: 'manual',
      signal: deadline,
    });
    const { status, headers } = response;
    if (status >= 300 && status < 400) {
      await response.body?.cancel();
      throw new TypeError(`the provider redirects (status ${status})`);
    }
    const body = await readBounded(response);
    return new Response(status === 204 ? null : body, { status, headers });
  };
}

/** A provider on a loopback host is allowed, but its documents must not lead to another host over plain HTTP. */
export function requireSafe({ protocol, hostname }: URL): void {
  if (protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname))) return;
  throw new TypeError('an endpoint of the provider is neither https: nor on a loopback host');
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (size > MAX_BYTES) throw new TypeError(`the answer of the provider has more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
