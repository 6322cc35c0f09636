import { EndedSessions } from './ended-sessions.js';
import { Feed } from './feed.js';
import { Freshness } from './freshness.js';
import { KeySet, type KeySetOptions } from './key-set.js';
import { TokenCache } from './token-cache.js';
import { bearerToken, type CheckedToken, CLOCK_TOLERANCE_SECONDS, checkToken } from './token-check.js';
import { TokenError } from './token-error.js';
import type { Caller, Verifier, VerifierOptions } from './types.js';

const DEFAULT_MAX_STALENESS_SECONDS = 5;
const DEFAULT_CACHE_SIZE = 10_000;
const WARNING_INTERVAL_MS = 60_000;
const MAX_WARNINGS = 100;

/**
 * Verifies access tokens of a gateway. Connects at once, and again by itself whenever the connection is lost.
 * @throws TypeError if an option is missing or malformed
 */
export function createVerifier(options: VerifierOptions): Verifier {
  return new FeedVerifier(options);
}

class FeedVerifier implements Verifier {
  readonly #maxStaleness: number;
  readonly #acceptsStale: boolean;
  readonly #ended = new EndedSessions();
  readonly #freshness = new Freshness();
  readonly #cache: TokenCache<CheckedToken>;
  readonly #check: (token: string) => Promise<CheckedToken>;
  readonly #keys: KeySet;
  readonly #closing = new AbortController();
  readonly #ready: Promise<void>;
  #noteProgress: () => void = () => {};
  /** The life of an access token; unknown before the first beat. */
  #lifeSeconds = Number.POSITIVE_INFINITY;
  #hasBeat = false;

  constructor(options: VerifierOptions) {
    const { issuer, audience, serviceToken, maxStaleness = DEFAULT_MAX_STALENESS_SECONDS } = options;
    requireText({ issuer, audience, serviceToken });
    if (!(maxStaleness > 0)) throw new TypeError('maxStaleness must be a positive number of seconds');
    const base = issuer.replace(/\/$/, '');
    const jwksUrl = requireUrl('jwksUrl', options.jwksUrl ?? `${base}/.well-known/jwks.json`);
    const feedUrl = requireUrl('feedUrl', options.feedUrl ?? `${base}/session-ends`);
    this.#maxStaleness = maxStaleness;
    this.#acceptsStale = options.onStale === 'accept';
    this.#cache = new TokenCache(options.cacheSize ?? DEFAULT_CACHE_SIZE);
    const shared = {
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
      signal: this.#closing.signal,
      onError: guarded(options.onError ?? warnSometimes()),
    } satisfies Partial<KeySetOptions>;
    this.#keys = new KeySet({
      ...shared,
      url: jwksUrl,
      onLoaded: () => this.#noteProgress(),
      onRemoved: () => this.#cache.clear(),
    });
    const feed = new Feed({
      ...shared,
      url: feedUrl,
      token: serviceToken,
      onConnected: () => this.#freshness.connected(),
      onEnded: (sessionId) => this.#ended.add(sessionId),
      onBeat: (beat) => {
        this.#freshness.beat(beat);
        if (beat.lifeSeconds !== undefined) {
          this.#lifeSeconds = beat.lifeSeconds;
          this.#ended.setLife(beat.lifeSeconds);
        }
        this.#ended.prune();
        this.#hasBeat = true;
        this.#noteProgress();
      },
    });
    const checkOptions = { issuer, audience, keys: this.#keys };
    this.#check = (token) => checkToken(token, checkOptions, this.#freshness.nowSeconds);
    this.#ready = this.#becomeReady();
    void this.#keys.run();
    void feed.run();
  }

  get staleness(): number {
    return this.#freshness.staleness;
  }

  ready(): Promise<void> {
    return this.#ready;
  }

  async verify(authorization: string | undefined): Promise<Caller> {
    const token = bearerToken(authorization);
    const known = this.#cache.get(token);
    if (known !== undefined) return this.#admit(known);
    if (!this.#keys.isLoaded) throw new TokenError('STALE');
    const { version } = this.#keys;
    const checked = await this.#check(token);
    // Otherwise its key may have been withdrawn meanwhile.
    if (version === this.#keys.version) this.#cache.set(token, checked);
    return this.#admit(checked);
  }

  close(): void {
    this.#closing.abort();
    this.#freshness.reset();
  }

  /** Checks the conditions that can change while a token is cached: the time, the session, and the staleness. */
  #admit(token: CheckedToken): Caller {
    const now = this.#freshness.nowSeconds;
    // Ends are remembered for the life of a token that the gateway issues now. If it was shortened, tokens from before
    // live longer, and would be accepted after the end of their session is forgotten.
    const expiresAt = Math.min(token.expiresAt, token.issuedAt + this.#lifeSeconds);
    if (now >= expiresAt + CLOCK_TOLERANCE_SECONDS) throw new TokenError('TOKEN_EXPIRED');
    if (token.issuedAt > now + CLOCK_TOLERANCE_SECONDS) throw new TokenError('TOKEN_INVALID');
    if (this.#ended.has(token.sessionId)) throw new TokenError('SESSION_REVOKED');
    const stale = this.#freshness.staleness > this.#maxStaleness;
    if (stale && !this.#acceptsStale) throw new TokenError('STALE');
    return {
      userId: token.userId,
      sessionId: token.sessionId,
      role: token.role,
      scope: [...token.scope],
      authenticatedAt: new Date(token.authenticatedAt * 1000),
      amr: [...token.amr],
      expiresAt: new Date(expiresAt * 1000),
      stale,
    };
  }

  #becomeReady(): Promise<void> {
    const ready = new Promise<void>((resolve, reject) => {
      this.#noteProgress = () => {
        if (this.#keys.isLoaded && this.#hasBeat) resolve();
      };
      this.#closing.signal.addEventListener('abort', () => reject(new Error('the verifier is closed')));
    });
    // Nobody has to wait for it.
    ready.catch(() => {});
    return ready;
  }
}

function requireText(texts: Readonly<Record<string, unknown>>): void {
  for (const [name, text] of Object.entries(texts)) {
    if (typeof text !== 'string' || text === '')
      throw new TypeError(`${name} must be a string that is not empty`);
  }
}

function requireUrl(name: string, url: string): string {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    throw new TypeError(`${name} must be a URL of http:// or https://; by default it is made of issuer`);
  }
  return url;
}

/** An error of the callback must not stop the verifier. */
function guarded(onError: (error: Error) => void): (error: Error) => void {
  return (error) => {
    try {
      onError(error);
    } catch (thrown) {
      console.error('gatehouse/verifier: onError has thrown', thrown);
    }
  };
}

/** Warns of each message at most once a minute, so that an outage does not fill the log. */
function warnSometimes(): (error: Error) => void {
  const warnedAtMs = new Map<string, number>();
  return ({ message }) => {
    const now = performance.now();
    if (now - (warnedAtMs.get(message) ?? Number.NEGATIVE_INFINITY) < WARNING_INTERVAL_MS) return;
    if (warnedAtMs.size >= MAX_WARNINGS) warnedAtMs.clear();
    warnedAtMs.set(message, now);
    console.warn(`gatehouse/verifier: ${message}`);
  };
}
