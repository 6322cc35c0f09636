import { beforeAll, expect, it } from 'vitest';
import { LoginDocument } from '../../generated/graphql.js';
import { registerAndVerify } from '../../support/accounts.js';
import type { Gateway } from '../../support/gateway.js';
import { type Answer, send } from '../../support/http.js';
import { describeOnPostgresFirst } from '../../support/in-process.js';

const FRONTEND = 'http://app.example.com:3000';

describeOnPostgresFirst('HTTP response headers', ({ start }) => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await start({ env: { FRONTEND_URL: FRONTEND } });
  });

  const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
    send(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });

  const login = async () => {
    const account = await registerAndVerify(gateway);
    const variables = { input: { identifier: account.username, password: account.password } };
    return post(JSON.stringify({ query: LoginDocument.toString(), variables }), { origin: FRONTEND });
  };
  const preflight = (origin: string, requested = 'content-type,authorization') =>
    send(`${gateway.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': requested,
      },
    });
  const answers: Record<string, () => Promise<Answer>> = {
    success: login,
    'an error of an operation': () => post(JSON.stringify({ query: '{ me { id } }' })),
    'a malformed body': () => post('{'),
    preflight: () => preflight(FRONTEND),
    'an unknown path': () => send(`${gateway.url}/nowhere`),
    health: () => send(`${gateway.url}/healthz`),
    'the key set': () => send(`${gateway.url}/.well-known/jwks.json`),
  };
  for (const [name, ask] of Object.entries(answers)) {
    it(`sets the security headers on ${name}`, async () => {
      const { headers } = await ask();
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['content-security-policy']).toContain('frame-ancestors');
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers['strict-transport-security']).toMatch(/max-age=\d{7,}/);
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('server');
    });
  }

  it('forbids caching of responses with tokens', async () => {
    expect((await login()).headers['cache-control']).toContain('no-store');
  });

  it("allows the front end's origin, with credentials", async () => {
    for (const { headers } of [await preflight(FRONTEND), await login()]) {
      expect(headers['access-control-allow-origin']).toBe(FRONTEND);
      expect(headers['access-control-allow-credentials']).toBe('true');
      expect(headers.vary).toMatch(/\borigin\b/i);
    }
  });

  it('allows the front end any request header, such as those of clients and tracers', async () => {
    const requested =
      'apollographql-client-name,apollographql-client-version,baggage,sentry-trace,traceparent,x-anything';
    const { status, headers } = await preflight(FRONTEND, requested);
    expect(status).toBe(204);
    expect(String(headers['access-control-allow-headers']).split(/, */)).toEqual(
      expect.arrayContaining(requested.split(',')),
    );
    expect(headers.vary).toMatch(/access-control-request-headers/i);
    const foreigners = await preflight('https://evil.example', requested);
    expect(Object.keys(foreigners.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  const foreign = [
    'https://evil.example',
    'null',
    FRONTEND.replace('http:', 'https:'),
    FRONTEND.replace(':3000', ''),
    `${FRONTEND}.evil.example`,
    FRONTEND.replace('app.', 'app-'),
  ];
  for (const origin of foreign) {
    it(`allows no CORS for the origin ${origin}`, async () => {
      const query = JSON.stringify({ query: '{ __typename }' });
      for (const { headers } of [
        await preflight(origin),
        await post(query, { origin }),
        await post('{', { origin }),
      ]) {
        expect(headers).not.toHaveProperty('access-control-allow-origin');
        expect(headers).not.toHaveProperty('access-control-allow-credentials');
        expect(headers).not.toHaveProperty('access-control-allow-headers');
      }
    });
  }
});
