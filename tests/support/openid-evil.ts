import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { SignedIn } from './accounts.js';
import { stopAtEnd } from './at-end.js';
import type { Gateway } from './gateway.js';
import { type Claims, settingOf } from './openid-provider.js';
import { begin, landingOf, openCallback, type Page, redeem } from './openid-sign-in.js';

type Endpoint = 'discovery' | 'keys' | 'token' | 'userinfo';
type Reply = (response: ServerResponse, usual: object, body: string) => unknown;
type Sign = (claims: Claims, key: CryptoKey, kid: string) => Promise<string>;

/** A provider that answers whatever a test wants. */
export interface EvilProvider {
  readonly id: string;
  readonly issuer: string;
  readonly clientSecret: string;
  readonly env: Record<string, string>;
  /** Replace the usual answer of an endpoint. */
  readonly replies: Partial<Record<Endpoint, Reply>>;
  /** Replaces the signing of ID tokens. */
  sign: Sign;
  /** The requests so far, by endpoint. */
  readonly requests: Record<Endpoint, number>;
  /** The bodies of the requests to the token endpoint. */
  readonly tokenRequests: URLSearchParams[];
  newKey(): Promise<void>;
  /** Answers as usual again. */
  behave(): void;
  stop(): Promise<void>;
}

const usually: Sign = (claims, key, kid) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(key);

export const json = (response: ServerResponse, body: unknown, status = 200): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** The query of a callback whose code makes the provider give an ID token with these claims. */
export function callbackFor(
  { authorizationUrl }: Pick<Page, 'authorizationUrl'>,
  claims: Claims,
  changes: Record<string, string | undefined> = {},
): string {
  const sent = new URL(authorizationUrl).searchParams;
  const code = JSON.stringify({ nonce: sent.get('nonce'), ...claims });
  const values = {
    code: Buffer.from(code).toString('base64url'),
    state: sent.get('state') ?? undefined,
    ...changes,
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, value);
  return `${sent.get('redirect_uri')}?${query}`;
}

const newPair = () => generateKeyPair('RS256', { extractable: true });
let firstPair: ReturnType<typeof newPair> | undefined;

/** Providers share their first key, because making one takes long. */
export async function startEvilProvider(id: string, env: Record<string, string> = {}): Promise<EvilProvider> {
  const requests: EvilProvider['requests'] = { discovery: 0, keys: 0, token: 0, userinfo: 0 };
  const replies: EvilProvider['replies'] = {};
  const tokenRequests: URLSearchParams[] = [];
  let key: CryptoKey;
  let kid: string;
  let jwk: object;
  const useKey = async (pair: Awaited<ReturnType<typeof newPair>>) => {
    kid = randomBytes(6).toString('hex');
    key = pair.privateKey;
    jwk = { ...(await exportJWK(pair.publicKey)), kid, alg: 'RS256', use: 'sig' };
  };
  firstPair ??= newPair();
  await useKey(await firstPair);

  const clientId = 'gatehouse';
  const idToken = (code: string) => {
    const claims = JSON.parse(Buffer.from(code, 'base64url').toString()) as Claims;
    const now = Math.floor(Date.now() / 1000);
    return provider.sign(
      { iss: provider.issuer, aud: clientId, iat: now, exp: now + 300, ...claims },
      key,
      kid,
    );
  };
  const usual: Record<Endpoint, (body: string) => object | Promise<object>> = {
    discovery: () => ({
      issuer: provider.issuer,
      authorization_endpoint: `${provider.issuer}/authorize`,
      token_endpoint: `${provider.issuer}/token`,
      jwks_uri: `${provider.issuer}/keys`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    }),
    keys: () => ({ keys: [jwk] }),
    token: async (body) => ({
      access_token: 'access',
      token_type: 'Bearer',
      expires_in: 60,
      id_token: await idToken(new URLSearchParams(body).get('code') ?? ''),
    }),
    userinfo: () => ({}),
  };
  const endpoints: Record<string, Endpoint> = {
    '/.well-known/openid-configuration': 'discovery',
    '/keys': 'keys',
    '/token': 'token',
    '/userinfo': 'userinfo',
  };
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const endpoint = endpoints[request.url ?? ''];
    if (endpoint === undefined) return response.writeHead(404).end();
    requests[endpoint] += 1;
    if (endpoint === 'token') tokenRequests.push(new URLSearchParams(body));
    const answer = await usual[endpoint](body);
    const reply = replies[endpoint] ?? ((_response, one) => json(response, one));
    return reply(response, answer, body);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  stopAtEnd(stop);
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clientSecret = randomBytes(24).toString('base64url');
  const settings = {
    ISSUER: issuer,
    CLIENT_ID: clientId,
    CLIENT_SECRET: clientSecret,
    ...env,
  };
  const provider: EvilProvider = {
    id,
    issuer,
    clientSecret,
    env: Object.fromEntries(Object.entries(settings).map(([name, value]) => [settingOf(id, name), value])),
    replies,
    sign: usually,
    requests,
    tokenRequests,
    newKey: async () => useKey(await newPair()),
    behave() {
      provider.sign = usually;
      for (const endpoint of Object.keys(replies)) delete replies[endpoint as Endpoint];
    },
    stop,
  };
  return provider;
}

/** How a sign-in ended: `signed in`, `challenged`, or the code of the error, by the redirect or the last step. */
export interface Ending {
  readonly ending: string;
  readonly user?: SignedIn['user'];
}

/** A whole sign-in of a person about whom the provider says this. */
export async function signInWith(gateway: Gateway, { id }: EvilProvider, claims: Claims): Promise<Ending> {
  const page = await begin(gateway, id);
  const landing = landingOf(await openCallback(callbackFor(page, claims)));
  if (landing.code === undefined) return { ending: landing.error ?? 'none' };
  const { errors, data } = await redeem(gateway, landing.code, page.codeVerifier);
  const [error] = errors;
  if (error !== undefined) return { ending: String(error.extensions.code) };
  const payload = data?.finishProviderSignIn;
  if (payload?.__typename !== 'AuthPayload') return { ending: 'challenged' };
  return { ending: 'signed in', user: (payload as SignedIn).user };
}
