import { type Beat, parseBeat, parseEnded } from './feed-events.js';
import { Backoff, linkedController, pause, requestFailed } from './retry.js';
import { type ServerSentEvent, SseParser } from './sse-parser.js';

/** The gateway beats twice a second. After this time (ms) without a byte, the connection is dead. */
const MAX_SILENCE_MS = 2000;
/** Time (ms) for the answer: the gateway first reads the ends that the stream begins with. */
const CONNECT_TIMEOUT_MS = 5000;
const WATCH_INTERVAL_MS = 400;

export interface FeedOptions {
  readonly url: string;
  readonly token: string;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  onConnected(): void;
  onEnded(sessionId: string): void;
  onBeat(beat: Beat): void;
  onError(error: Error): void;
}

/** Follows the ends of sessions. Reconnects, and resumes at the last event that it received. */
export class Feed {
  readonly #backoff = new Backoff();
  #lastEventId = '';
  #lifeSeconds = Number.POSITIVE_INFINITY;

  constructor(readonly options: FeedOptions) {}

  /** Runs until the signal is aborted. */
  async run(): Promise<void> {
    const { signal, onError } = this.options;
    while (!signal.aborted) {
      try {
        await this.#follow();
      } catch (error) {
        if (!signal.aborted) onError(error as Error);
      }
      await pause(this.#backoff.nextMs(), signal);
    }
  }

  /** Reads one connection until it ends. A gateway that stops ends its connections: that is not an error. */
  async #follow(): Promise<void> {
    const { url, fetch, token, signal } = this.options;
    const watchdog = new Watchdog(signal);
    try {
      const headers = {
        accept: 'text/event-stream',
        authorization: `Bearer ${token}`,
        ...(this.#lastEventId !== '' && { 'last-event-id': this.#lastEventId }),
      };
      const isResumed = this.#lastEventId !== '';
      const request = { headers, signal: watchdog.signal, redirect: 'error', cache: 'no-store' } as const;
      const response = await fetch(url, request);
      await requireStream(url, response);
      this.options.onConnected();
      watchdog.tolerate(MAX_SILENCE_MS);
      const parser = new SseParser((event) => this.#handle(event, isResumed));
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        // Data that had arrived before `close` must not make the verifier fresh again.
        if (signal.aborted) return;
        watchdog.reset();
        parser.push(read.value);
      }
    } catch (error) {
      if (watchdog.isSilent) throw new Error(`GET ${url}: the gateway is silent`);
      throw error instanceof TypeError ? requestFailed(url, error) : error;
    } finally {
      watchdog.stop();
    }
  }

  #handle({ type, data, lastEventId }: ServerSentEvent, isResumed: boolean): void {
    if (type === 'ended') this.options.onEnded(parseEnded(data));
    if (type === 'beat') this.#beat(parseBeat(data), isResumed);
    this.#lastEventId = lastEventId;
  }

  #beat(beat: Beat, isResumed: boolean): void {
    const { lifeSeconds = this.#lifeSeconds } = beat;
    const isLonger = lifeSeconds > this.#lifeSeconds;
    if (isLonger && isResumed) {
      // Tokens live longer than before, so ends that we may have forgotten matter again.
      this.#lastEventId = '';
      this.#lifeSeconds = Number.POSITIVE_INFINITY;
      throw new Error('the life of access tokens was extended: reading all ends again');
    }
    this.#lifeSeconds = lifeSeconds;
    this.#backoff.reset();
    this.options.onBeat(beat);
  }
}

async function requireStream(url: string, response: Response): Promise<void> {
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  if (response.status === 200 && isStream) return;
  await response.body?.cancel();
  const hint =
    response.status === 401 || response.status === 403
      ? ' (is serviceToken one of SERVICE_TOKENS?)'
      : response.status === 404
        ? ' (is SERVICE_TOKENS set at the gateway?)'
        : response.status === 200
          ? ', which is no event stream'
          : '';
  throw new Error(`GET ${url} was answered with status ${response.status}${hint}`);
}

/** Aborts a connection that is silent for too long. */
class Watchdog {
  readonly #linked: ReturnType<typeof linkedController>;
  readonly #interval: ReturnType<typeof setInterval>;
  #heardAtMs = performance.now();
  #limitMs = CONNECT_TIMEOUT_MS;
  #misses = 0;
  #isSilent = false;

  constructor(closing: AbortSignal) {
    this.#linked = linkedController(closing);
    this.#interval = setInterval(() => this.#check(), WATCH_INTERVAL_MS);
  }

  get signal(): AbortSignal {
    return this.#linked.controller.signal;
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  tolerate(limitMs: number): void {
    this.#limitMs = limitMs;
    this.reset();
  }

  reset(): void {
    this.#heardAtMs = performance.now();
    this.#misses = 0;
  }

  stop(): void {
    clearInterval(this.#interval);
    this.#linked.unlink();
    // Also frees the socket after an error of the parser.
    this.#linked.controller.abort();
  }

  /** After a blocked event loop, timers run before the data that has arrived is read. So one miss is not enough. */
  #check(): void {
    this.#misses = performance.now() - this.#heardAtMs > this.#limitMs ? this.#misses + 1 : 0;
    if (this.#misses < 2) return;
    this.#isSilent = true;
    this.#linked.controller.abort();
  }
}
