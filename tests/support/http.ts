import { type Agent, type IncomingHttpHeaders, request } from 'node:http';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { serverHere } from './served-here.js';

export interface Cookie {
  value: string;
  /** In lower case; a flag has the value `true`. */
  attributes: Record<string, string | true>;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  cookies: Record<string, Cookie>;
  text: string;
  /** The body as JSON; undefined if it is not JSON. */
  json: unknown;
}

export interface Sending {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Without an agent each request has its own socket, which races and tests with several clients need. */
  agent?: Agent;
}

/** Sends one HTTP request with exactly these headers. (`fetch` forbids some headers, and shares sockets.) */
export function send(url: string, sending: Sending = {}): Promise<Answer> {
  const target = new URL(url);
  const server = serverHere(target.origin);
  return server === undefined ? sendBySocket(url, sending) : injectInto(server, target, sending);
}

/** Injects a request without a socket, so the agent has no effect. */
async function injectInto(
  server: FastifyInstance,
  { host, pathname, search }: URL,
  { method = 'GET', headers = {}, body }: Sending,
): Promise<Answer> {
  // An undefined user agent is not sent. Otherwise a library would set its own.
  const sent = { host, 'user-agent': undefined, ...headers } as InjectOptions['headers'];
  const options = { method: method as 'GET', url: `${pathname}${search}`, headers: sent };
  const answer = await server.inject(body === undefined ? options : { ...options, payload: body });
  return answerOf(answer.statusCode, answer.headers as IncomingHttpHeaders, answer.body);
}

function answerOf(status: number, headers: IncomingHttpHeaders, text: string): Answer {
  const cookies = cookiesIn([headers['set-cookie'] ?? []].flat());
  return { status, headers, cookies, text, json: parse(text) };
}

function sendBySocket(url: string, { method = 'GET', headers = {}, body, agent }: Sending): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: agent ?? false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve(answerOf(response.statusCode ?? 0, response.headers, Buffer.concat(chunks).toString()));
      });
    });
    sent.setTimeout(120_000, () => sent.destroy(new Error(`No answer from ${url} in 120 s`)));
    sent.on('error', reject);
    sent.end(body);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function cookiesIn(lines: string[]): Record<string, Cookie> {
  return Object.fromEntries(
    lines.map((line) => {
      const [pair = '', ...rest] = line.split(';').map((part) => part.trim());
      const [name = '', value = ''] = split(pair);
      const attributes = Object.fromEntries(
        rest.map((part) => {
          const [key = '', setting] = split(part);
          return [key.toLowerCase(), setting ?? true] as const;
        }),
      );
      return [name, { value, attributes }];
    }),
  );
}

function split(pair: string): string[] {
  const at = pair.indexOf('=');
  return at < 0 ? [pair] : [pair.slice(0, at), pair.slice(at + 1)];
}
