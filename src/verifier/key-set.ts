import { importJWK, type JWK } from 'jose';
import { Backoff, linkedController, pause, requestFailed } from './retry.js';

const ALGORITHMS: ReadonlySet<string> = new Set(['EdDSA', 'ES256', 'RS256']);
const DEFAULT_MAX_AGE_SECONDS = 300;
/** After an unknown `kid`, the keys are fetched again, but not more often than this (ms). */
const MIN_REFETCH_MS = 5000;
const TIMEOUT_MS = 5000;

type Key = Exclude<Awaited<ReturnType<typeof importJWK>>, Uint8Array>;

interface Entry {
  readonly algorithm: string;
  readonly key: Key;
  /** The key as it was published, to notice a change. */
  readonly published: string;
}

export interface KeySetOptions {
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  onLoaded(): void;
  /** A key was removed or replaced: tokens that it verified are not valid any more. */
  onRemoved(): void;
  onError(error: Error): void;
}

/**
 * The public keys of the gateway (RFC 7517). They are fetched again when their cache lifetime is over. The gateway
 * publishes a new key for longer than that before it signs, so no verification has to wait for a key.
 */
export class KeySet {
  #keys: ReadonlyMap<string, Entry> | undefined;
  #version = 0;
  #fetchedAtMs = Number.NEGATIVE_INFINITY;
  #wake = new AbortController();

  constructor(readonly options: KeySetOptions) {
    options.signal.addEventListener('abort', () => this.#wake.abort());
  }

  get isLoaded(): boolean {
    return this.#keys !== undefined;
  }

  /** Changes when a key is removed or replaced. */
  get version(): number {
    return this.#version;
  }

  /** A `kid` only selects one of these keys, and the key determines the algorithm (RFC 8725 §3.1, §3.10). */
  find(kid: unknown, algorithm: unknown): Key | undefined {
    const found = typeof kid === 'string' ? this.#keys?.get(kid) : undefined;
    if (found === undefined) this.#refetch();
    return found?.algorithm === algorithm ? found?.key : undefined;
  }

  /** Keeps the keys up to date until the signal is aborted. */
  async run(): Promise<void> {
    const { signal } = this.options;
    const backoff = new Backoff();
    while (!signal.aborted) {
      let pauseMs: number;
      try {
        const maxAgeSeconds = await this.#fetch();
        backoff.reset();
        pauseMs = maxAgeSeconds * 1000 * (0.8 + Math.random() / 5);
      } catch (error) {
        if (signal.aborted) return;
        this.options.onError(error as Error);
        pauseMs = backoff.nextMs();
      }
      if (signal.aborted) return;
      this.#wake = new AbortController();
      await pause(pauseMs, this.#wake.signal);
    }
  }

  #refetch(): void {
    if (performance.now() - this.#fetchedAtMs > MIN_REFETCH_MS) this.#wake.abort();
  }

  /** @returns for how long the keys may be used (seconds) */
  async #fetch(): Promise<number> {
    const { url, fetch, signal } = this.options;
    this.#fetchedAtMs = performance.now();
    const { controller, unlink } = linkedController(signal);
    const timer = setTimeout(() => controller.abort(), TIMEOUT_MS);
    try {
      const headers = { accept: 'application/json' };
      const response = await fetch(url, { signal: controller.signal, redirect: 'error', headers });
      if (response.status !== 200) throw new Error(`status ${response.status}`);
      const { keys } = (await response.json()) as { keys?: unknown };
      if (!Array.isArray(keys)) throw new Error('the answer is no JWK Set');
      await this.#replace(keys);
      return maxAgeOf(response.headers.get('cache-control'));
    } catch (error) {
      throw requestFailed(url, error);
    } finally {
      clearTimeout(timer);
      unlink();
      // Frees the socket of an answer that was not read.
      controller.abort();
    }
  }

  async #replace(published: readonly JWK[]): Promise<void> {
    const keys = new Map<string, Entry>();
    for (const jwk of published) {
      const { kid, alg = '', use = 'sig' } = jwk;
      // Private and symmetric keys do not belong into a published set.
      const isPublic = jwk.kty !== 'oct' && jwk.d === undefined;
      if (typeof kid !== 'string' || !ALGORITHMS.has(alg) || use !== 'sig' || !isPublic) continue;
      const known = this.#keys?.get(kid);
      const text = JSON.stringify(jwk);
      const key = known?.published === text ? known.key : ((await importJWK(jwk, alg)) as Key);
      keys.set(kid, { algorithm: alg, key, published: text });
    }
    if (keys.size === 0) throw new Error('there is no public key (is JWT_ALGORITHM of the gateway HS256?)');
    const before = this.#keys ?? new Map<string, Entry>();
    this.#keys = keys;
    if ([...before].some(([kid, { published: text }]) => keys.get(kid)?.published !== text)) {
      this.#version += 1;
      this.options.onRemoved();
    }
    this.options.onLoaded();
  }
}

/** `max-age` of `Cache-Control` (RFC 9111 §5.2.2.1) in seconds, at least 1. */
function maxAgeOf(cacheControl: string | null): number {
  const [, seconds] = /(?:^|[\s,])max-age=(\d{1,9})/i.exec(cacheControl ?? '') ?? [];
  return Math.min(DEFAULT_MAX_AGE_SECONDS, Math.max(1, Number(seconds ?? DEFAULT_MAX_AGE_SECONDS)));
}
