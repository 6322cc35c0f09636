import type { CustomFetch } from 'openid-client';
import type { Tracer } from '../../platform/tracer.js';

/** Larger than any discovery document or key set in use. */
const MAX_BYTES = 256 * 1024;

/**
 * A `fetch` for requests to a provider. It follows no redirect: a provider, or whoever answers in its place, must not
 * choose which host receives the client secret. A larger answer is cut off, so it cannot fill the memory.
 * @param issuer the issuer of the settings
 * @param deadline ends all requests that use this function, the reading of the bodies included
 */
export function boundedFetch(issuer: string, deadline: AbortSignal, tracer: Tracer): CustomFetch {
  return (url, { method, headers: sent, body: data }) => {
    // Without the path and query of the URL, which may contain a code or a token.
    const attributes = { 'http.request.method': method, 'server.address': new URL(url).hostname };
    return tracer.span('identity provider', { kind: 'client', attributes }, async (span) => {
      requireSafe(issuer, new URL(url));
      const response = await fetch(url, {
        method,
        headers: sent,
        body: data as string | URLSearchParams | undefined,
        redirect: 'manual',
        signal: deadline,
      });
      const { status, headers } = response;
      span.set('http.response.status_code', status);
      if (status >= 300 && status < 400) {
        await response.body?.cancel();
        throw new TypeError(`the provider redirects (status ${status})`);
      }
      const body = await readBounded(response);
      return new Response(status === 204 ? null : body, { status, headers });
    });
  };
}

/**
 * The settings allow plain HTTP for an issuer on a loopback host. Its metadata must not lead to another host by it.
 * @throws TypeError
 */
export function requireSafe(issuer: string, { protocol, hostname }: URL): void {
  if (protocol === 'https:') return;
  if (protocol === 'http:' && isInsecure(issuer) && hostname === new URL(issuer).hostname) return;
  throw new TypeError('an endpoint of the provider must be a URL of https://');
}

/** Whether the settings allow plain HTTP. */
export const isInsecure = (issuer: string): boolean => issuer.startsWith('http:');

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
