import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFetch } from '../../../dist/client/fetch.js';
import { refusalInErrors, refusalInHeaders } from '../../../dist/client/refusal.js';

const EXPIRED = JSON.stringify({
  errors: [{ message: '', extensions: { code: 'UNAUTHENTICATED', reason: 'TOKEN_EXPIRED' } }],
});

describe('fetch with the access token', () => {
  let received: { headers: IncomingHttpHeaders; body: string }[];
  let answers: string[];
  let url: string;
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    received.push({ headers: request.headers, body });
    response.writeHead(200, { 'content-type': 'application/json' }).end(answers.shift() ?? '{"data":1}');
  });
  const tokens = ['one', 'two'];
  /** The rule without its state: a second try with the second token. */
  const authFetch = createFetch(async (send, refusalOf) => {
    const answer = await send(tokens[0] as string);
    return (await refusalOf(answer))?.isExpiry ? send(tokens[1] as string) : answer;
  }, fetch);

  beforeEach(async () => {
    received = [];
    answers = [EXPIRED];
    server.listen(0);
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const stream = () => new Blob(['body']).stream() as unknown as ReadableStream<Uint8Array>;
  const cases: [string, () => Parameters<typeof fetch>][] = [
    ['a text', () => [url, { method: 'POST', body: 'body' }]],
    ['a stream', () => [url, { method: 'POST', body: stream(), duplex: 'half' } as RequestInit]],
    ['a Request', () => [new Request(url, { method: 'POST', body: 'body', headers: { 'x-own': 'kept' } })]],
    [
      'a Request with a stream',
      () => [new Request(url, { method: 'POST', body: stream(), duplex: 'half' } as RequestInit)],
    ],
    ['a Request and options', () => [new Request(url), { method: 'POST', body: 'body' }]],
  ];
  it.each(cases)('repeats %s', async (_name, args) => {
    const response = await authFetch(...args());
    expect(await response.json()).toEqual({ data: 1 });
    expect(received.map(({ body }) => body)).toEqual(['body', 'body']);
    expect(received.map(({ headers }) => headers.authorization)).toEqual(['Bearer one', 'Bearer two']);
  });

  it('keeps the headers of a Request', async () => {
    await authFetch(new Request(url, { headers: { 'x-own': 'kept' } }));
    expect(received.map(({ headers }) => headers['x-own'])).toEqual(['kept', 'kept']);
  });

  it('leaves the answer unread for its caller', async () => {
    answers = [EXPIRED, EXPIRED];
    expect(await (await authFetch(url)).text()).toBe(EXPIRED);
  });

  it('leaves a request alone that has a header authorization', async () => {
    await authFetch(url, { headers: { authorization: 'Basic own' } });
    expect(received.map(({ headers }) => headers.authorization)).toEqual(['Basic own']);
  });

  it('does not send the token along when a service redirects to another origin', async () => {
    const redirecting = createServer((_request, response) => {
      response.writeHead(307, { location: url }).end();
    }).listen(0);
    await once(redirecting, 'listening');
    answers = [];
    await authFetch(`http://127.0.0.1:${(redirecting.address() as AddressInfo).port}/`);
    redirecting.close();
    expect(received.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('rejects at once when the caller aborts while a token is refreshed', async () => {
    const abort = new AbortController();
    const waiting = createFetch(() => new Promise(() => {}), fetch)(url, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});

describe('the refusal in an answer', () => {
  const fault = (reason?: string) => [{ extensions: { code: 'UNAUTHENTICATED', reason } }];

  it('is found among other errors', () => {
    const errors = [
      { extensions: undefined },
      { extensions: { code: 'FORBIDDEN' } },
      ...fault('SESSION_REVOKED'),
    ];
    expect(refusalInErrors(errors)).toEqual({ isExpiry: false, signsOut: 'revoked' });
  });

  it('needs a reason: other services use the code too', () => {
    expect(refusalInErrors(fault())).toBeUndefined();
  });

  it.each([
    ['Bearer error="invalid_token"', true],
    ['Bearer realm="a", error="invalid_token", error_description="expired"', true],
    ['bearer error=invalid_token', true],
    ['Bearer realm="a"', false],
    ['Bearer error="insufficient_scope"', false],
    ['Basic realm="error=invalid_token"', false],
  ])('is read from %s', (header, isFound) => {
    const headers = new Headers({ 'www-authenticate': header });
    expect(refusalInHeaders({ status: 401, headers })).toEqual(isFound ? { isExpiry: true } : undefined);
    expect(refusalInHeaders({ status: 403, headers })).toBeUndefined();
  });
});
