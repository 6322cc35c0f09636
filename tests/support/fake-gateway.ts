import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CompactSign, exportJWK, generateKeyPair, type JWK } from 'jose';
import { createVerifier, type Verifier, type VerifierOptions } from '../../src/verifier/index.js';
import { stopAtEnd } from './at-end.js';

export const SERVICE_TOKEN = 'a-token-of-a-service';

type Algorithm = 'EdDSA' | 'ES256' | 'RS256';

export interface SigningKey {
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

type CryptoKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

/** What a verifier sees of a gateway, with everything in the hands of the test. For the real one there are system tests. */
export interface FakeGateway {
  readonly issuer: string;
  /** The published keys. */
  keys: SigningKey[];
  /** `max-age` of the keys, in seconds. */
  maxAge: number;
  /** The status of the feed. */
  status: number;
  /** What a new stream begins with; `undefined` sends nothing. */
  preamble: (headers: IncomingHttpHeaders) => string | undefined;
  /** The headers of each request for the feed so far. */
  readonly feedRequests: IncomingHttpHeaders[];
  keyRequests: number;
  /** Writes to all open streams. */
  send(frames: string): void;
  /** Cuts all open streams. */
  cut(): void;
  sign(claims?: Record<string, unknown>, header?: Record<string, unknown>, key?: SigningKey): Promise<string>;
  verifier(options?: Partial<VerifierOptions>): Verifier;
}

export async function newKey(algorithm: Algorithm = 'EdDSA'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  const kid = randomUUID();
  return {
    kid,
    algorithm,
    privateKey,
    jwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' },
  };
}

export const now = () => Math.floor(Date.now() / 1000);

export const endedFrame = (sid: string, id = 'some-cursor') =>
  `id: ${id}\nevent: ended\ndata: ${JSON.stringify({ sid, endedAt: new Date() })}\n\n`;

export const beatFrame = (beat: object = {}, id = 'some-cursor') =>
  `id: ${id}\nevent: beat\ndata: ${JSON.stringify({ at: new Date(), polledAtMs: performance.now(), lifeSeconds: 1800, ...beat })}\n\n`;

export async function startFakeGateway(): Promise<FakeGateway> {
  const streams = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    if (request.url === '/.well-known/jwks.json') {
      gateway.keyRequests += 1;
      response.writeHead(200, { 'cache-control': `public, max-age=${gateway.maxAge}` });
      return response.end(JSON.stringify({ keys: gateway.keys.map(({ jwk }) => jwk) }));
    }
    gateway.feedRequests.push(request.headers);
    if (gateway.status !== 200) return response.writeHead(gateway.status).end('{}');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    streams.add(response);
    response.on('close', () => streams.delete(response));
    const preamble = gateway.preamble(request.headers);
    if (preamble !== undefined) response.write(preamble);
    return undefined;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const beats = setInterval(() => gateway.send(beatFrame()), 200);
  const gateway: FakeGateway = {
    issuer,
    keys: [await newKey()],
    maxAge: 300,
    status: 200,
    preamble: () => beatFrame(),
    feedRequests: [],
    keyRequests: 0,
    send: (frames) => {
      for (const stream of streams) stream.write(frames);
    },
    cut: () => {
      for (const stream of streams) stream.destroy();
    },
    sign(claims = {}, header = {}, key = gateway.keys[0] as SigningKey) {
      const all = { ...genuineClaims(issuer), ...claims };
      return new CompactSign(Buffer.from(JSON.stringify(all)))
        .setProtectedHeader({ alg: key.algorithm, typ: 'at+jwt', kid: key.kid, ...header })
        .sign(key.privateKey);
    },
    verifier(options = {}) {
      const verifier = createVerifier({
        issuer,
        audience: 'gateway',
        serviceToken: SERVICE_TOKEN,
        onError: () => {},
        ...options,
      });
      stopAtEnd(async () => verifier.close());
      return verifier;
    },
  };
  stopAtEnd(async () => {
    clearInterval(beats);
    server.close();
    server.closeAllConnections();
  });
  return gateway;
}

export const genuineClaims = (iss: string) => ({
  iss,
  aud: 'gateway',
  sub: randomUUID(),
  sid: randomUUID(),
  jti: randomUUID(),
  iat: now(),
  exp: now() + 1800,
  auth_time: now() - 10,
  amr: ['pwd'],
  role: 'STAFF',
  scope: 'customer staff',
});
