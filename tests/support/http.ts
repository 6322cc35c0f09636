import { type Agent, type IncomingHttpHeaders, request } from 'node:http';

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
  /** The body as JSON; undefined where it is none. */
  json: unknown;
}

export interface Sending {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Without one, each request has a socket of its own: what races and different clients need. */
  agent?: Agent;
}

/** One plain HTTP request, with every header as given: `fetch` forbids some and shares its sockets. */
export function send(
  url: string,
  { method = 'GET', headers = {}, body, agent }: Sending = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: agent ?? false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          cookies: cookiesIn(response.headers['set-cookie'] ?? []),
          text,
          json: parse(text),
        });
      });
    });
    sent.setTimeout(30_000, () => sent.destroy(new Error(`No answer from ${url} in 30 s`)));
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
