import { type ServerSentEvent, SseParser } from '../../src/verifier/sse-parser.js';
import { stopAtEnd } from './at-end.js';
import type { Gateway } from './gateway.js';
import { until } from './wait.js';

export const SERVICE_TOKEN = 'token-of-a-service-in-the-tests-01';

interface Received extends ServerSentEvent {
  /** By `performance.now()`. */
  readonly at: number;
}

export interface FeedClient {
  readonly events: readonly Received[];
  readonly response: Response;
  readonly lastEventId: string;
  /** Whether the gateway or the network has ended the stream. */
  readonly isOver: boolean;
  /** When each session was reported first, by `performance.now()`. */
  readonly ended: ReadonlyMap<string, number>;
  /** Waits for a beat that comes after everything so far. */
  beat(timeoutMs?: number): Promise<void>;
  close(): void;
}

export interface FeedRequest {
  readonly token?: string;
  readonly lastEventId?: string | undefined;
}

export function requestFeed(
  gateway: Pick<Gateway, 'url'>,
  { token = SERVICE_TOKEN, lastEventId }: FeedRequest = {},
  signal?: AbortSignal,
): Promise<Response> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
  };
  return fetch(`${gateway.url}/session-ends`, { headers, ...(signal && { signal }) });
}

/** A stream of the feed, by a socket. */
export async function openFeed(
  gateway: Pick<Gateway, 'url'>,
  request: FeedRequest = {},
): Promise<FeedClient> {
  const controller = new AbortController();
  const response = await requestFeed(gateway, request, controller.signal);
  if (response.status !== 200)
    throw new Error(`The feed answered ${response.status}: ${await response.text()}`);
  const events: Received[] = [];
  const ended = new Map<string, number>();
  let isOver = false;
  const parser = new SseParser((event) => {
    const at = performance.now();
    events.push({ ...event, at });
    if (event.type !== 'ended') return;
    const { sid } = JSON.parse(event.data) as { sid: string };
    if (!ended.has(sid)) ended.set(sid, at);
  });
  const read = async () => {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) parser.push(chunk);
  };
  read()
    .catch(() => {})
    .finally(() => {
      isOver = true;
    });
  stopAtEnd(async () => controller.abort());
  return {
    events,
    response,
    ended,
    get lastEventId() {
      return events.at(-1)?.lastEventId ?? '';
    },
    get isOver() {
      return isOver;
    },
    async beat(timeoutMs = 10_000) {
      const from = events.length;
      await until('a beat', () => events.slice(from).some(({ type }) => type === 'beat'), timeoutMs, 10);
    },
    close: () => controller.abort(),
  };
}
