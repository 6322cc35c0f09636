import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';
import { stopAtEnd } from './at-end.js';
import { type Answer, send } from './http.js';

/** What the provider says about a person. */
export type Claims = Record<string, unknown>;

export interface OpenIdProvider {
  /** The id in the settings of the gateway. */
  readonly id: string;
  readonly issuer: string;
  /** The settings of the gateway for this provider. */
  readonly env: Record<string, string>;
  /** The people with an account at the provider, by subject. */
  readonly people: Map<string, Claims>;
  /** Signs with a new key from now on, and publishes only that key. */
  rotateKeys(): Promise<void>;
}

export interface OpenIdProviderOptions {
  /** The URL of the gateway that the provider sends browsers to. */
  readonly gatewayUrl: string;
  readonly env?: Record<string, string>;
  readonly port?: number;
}

/** The name of a setting of the gateway. */
export const settingOf = (id: string, name: string) =>
  `IDENTITY_PROVIDER_${id.toUpperCase().replaceAll('-', '_')}_${name}`;

/** Starts a real OpenID provider (`oidc-provider`) on loopback, which stops at the end of the test file. */
export async function startOpenIdProvider(
  id: string,
  { gatewayUrl, env = {}, port = 0 }: OpenIdProviderOptions,
): Promise<OpenIdProvider> {
  const people = new Map<string, Claims>();
  const client = { client_id: 'gatehouse', client_secret: randomBytes(24).toString('base64url') };
  let listener: RequestListener = (_request, response) => response.writeHead(503).end();
  const server = createServer((request, response) => listener(request, response));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  stopAtEnd(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const rotateKeys = async () => {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const kid = randomBytes(6).toString('hex');
    const provider = new Provider(issuer, {
      clients: [{ ...client, redirect_uris: [`${gatewayUrl}/identity-providers/${id}/callback`] }],
      jwks: { keys: [{ ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' }] },
      cookies: { keys: [randomBytes(16).toString('hex')] },
      claims: { email: ['email', 'email_verified'], profile: ['name', 'preferred_username'] },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
      ttl: {
        AccessToken: 600,
        AuthorizationCode: 60,
        Grant: 600,
        IdToken: 600,
        Interaction: 600,
        Session: 600,
      },
      pkce: { required: () => true },
      findAccount: (_context: unknown, sub: string) => {
        const claims = people.get(sub);
        return claims && { accountId: sub, claims: () => ({ sub, ...claims }) };
      },
    });
    provider.use(async (context, next) => {
      if (!context.path.startsWith('/interaction/')) return next();
      const { req, res } = context;
      // The browser names its person in a header, in place of a form.
      const sub = String(req.headers['x-person'] ?? '');
      const { params } = await provider.interactionDetails(req, res);
      const result = people.has(sub)
        ? { login: { accountId: sub }, consent: { grantId: await grant(provider, sub, params) } }
        : { error: 'access_denied', error_description: 'The person has cancelled.' };
      const location = await provider.interactionResult(req, res, result, { mergeWithLastSubmission: false });
      context.respond = false;
      res.writeHead(303, { location }).end();
    });
    listener = provider.callback();
  };
  await rotateKeys();
  return {
    id,
    issuer,
    people,
    rotateKeys,
    env: {
      [settingOf(id, 'ISSUER')]: issuer,
      [settingOf(id, 'CLIENT_ID')]: client.client_id,
      [settingOf(id, 'CLIENT_SECRET')]: client.client_secret,
      ...Object.fromEntries(Object.entries(env).map(([name, value]) => [settingOf(id, name), value])),
    },
  };
}

async function grant(provider: Provider, accountId: string, params: Record<string, string>): Promise<string> {
  const granted = new provider.Grant({ accountId, clientId: params.client_id ?? '' });
  granted.addOIDCScope(params.scope ?? '');
  return granted.save();
}

/** The settings of a gateway with these providers. */
export const settingsOf = (...providers: Pick<OpenIdProvider, 'id' | 'env'>[]): Record<string, string> => ({
  IDENTITY_PROVIDERS: providers.map(({ id }) => id).join(','),
  ...Object.assign({}, ...providers.map(({ env }) => env)),
});

/**
 * A person's browser at a provider. Follows the redirects from `url`, with cookies, to the first URL that `isLast`
 * accepts, and returns that URL without opening it.
 */
export async function browse(
  url: string,
  sub: string | undefined,
  isLast: (url: string) => boolean,
): Promise<string> {
  const jar = new Map<string, string>();
  for (let hop = 0; hop < 10; hop += 1) {
    if (isLast(url)) return url;
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer: Answer = await send(url, {
      headers: { ...(cookie !== '' && { cookie }), ...(sub !== undefined && { 'x-person': sub }) },
    });
    for (const [name, { value }] of Object.entries(answer.cookies)) jar.set(name, value);
    const { location } = answer.headers;
    if (location === undefined) throw new Error(`No redirect from ${url}: ${answer.status} ${answer.text}`);
    url = new URL(location, url).href;
  }
  throw new Error(`Too many redirects, the last to ${url}`);
}
