import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stopAtEnd } from './at-end.js';

const SUFFIX_LENGTH = 35;
/** As many hashes as the real service has for a prefix. */
const PUBLISHED = 1900;
const PADDING = 60;

export interface BreachService {
  /** The value of BREACHED_PASSWORDS_URL. */
  readonly url: string;
  /** Everything that the gateway has sent, as text. */
  readonly received: string[];
  /** The prefixes that it asked for. */
  readonly prefixes: string[];
  /** Adds a password, in this form, to the published ones. A count of 0 marks padding. */
  publish(password: string, count?: number): void;
  /** Answers with this listener instead. Without one, the service works again. */
  misbehave(listener?: RequestListener): void;
  /** Refuses connections. */
  stop(): Promise<void>;
}

export const sha1 = (password: string) => createHash('sha1').update(password).digest('hex').toUpperCase();

const madeUp = (count: () => number) => {
  const suffix = randomBytes(18).toString('hex').toUpperCase().slice(0, SUFFIX_LENGTH);
  return `${suffix}:${count()}`;
};

/** The lines of a range, in the form and size of the real service's answers. */
export function rangeOf(lines: readonly string[]): string {
  return [
    ...lines,
    ...Array.from({ length: PUBLISHED }, () => madeUp(() => 1 + Math.floor(Math.random() * 5000))),
    ...Array.from({ length: PADDING }, () => madeUp(() => 0)),
  ]
    .sort()
    .join('\r\n');
}

/** A service on loopback that speaks the range protocol of Have I Been Pwned. */
export async function startBreachService(): Promise<BreachService> {
  const published = new Map<string, number>();
  const received: string[] = [];
  const prefixes: string[] = [];
  let misbehaviour: RequestListener | undefined;
  const prefixOf = ({ url = '' }: IncomingMessage) => /^\/range\/([0-9A-F]{5})$/.exec(url)?.[1];

  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push([request.method, request.url, ...request.rawHeaders, body].join('\n'));
    const prefix = prefixOf(request);
    if (prefix !== undefined) prefixes.push(prefix);
    if (misbehaviour !== undefined) return misbehaviour(request, response);
    if (prefix === undefined) return response.writeHead(400).end('The hash format was not in a valid format');
    const lines = [...published]
      .filter(([hash]) => hash.startsWith(prefix))
      .map(([hash, count]) => `${hash.slice(prefix.length)}:${count}`);
    return response.writeHead(200, { 'content-type': 'text/plain' }).end(rangeOf(lines));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  stopAtEnd(stop);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/range`,
    received,
    prefixes,
    publish: (password, count = 1 + Math.floor(Math.random() * 5000)) =>
      void published.set(sha1(password), count),
    misbehave(listener) {
      misbehaviour = listener;
    },
    stop,
  };
}
