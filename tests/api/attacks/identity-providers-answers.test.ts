import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StartProviderSignInDocument } from '../../generated/graphql.js';
import { registerAndVerify, signIn, someone } from '../../support/accounts.js';
import { stopAtEnd } from '../../support/at-end.js';
import { expectCode } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgresFirst } from '../../support/in-process.js';
import {
  callbackFor,
  type EvilProvider,
  json,
  signInWith,
  startEvilProvider,
} from '../../support/openid-evil.js';
import { type Claims, settingsOf } from '../../support/openid-provider.js';
import { begin, challengeOf, landingOf, newVerifier, openCallback } from '../../support/openid-sign-in.js';
import { timed } from '../../support/sessions.js';
import { forge } from '../../support/tokens.js';
import { sleep } from '../../support/wait.js';

const MAX_MS = 5000;

let lastSubject = 0;
const stranger = (claims: Claims = {}) => {
  lastSubject += 1;
  return { sub: `guest-${lastSubject}`, email: someone().email, email_verified: true, ...claims };
};
const secondsFromNow = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

/** Answers that are no answer. */
const NONSENSE: Record<string, (response: ServerResponse, usual: object) => unknown> = {
  'an error 500': (response) => json(response, { error: 'server_error' }, 500),
  HTML: (response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Sign in</body></html>'),
  'an empty answer': (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(),
  'JSON cut short': (response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"issuer":"'),
  'a JSON array': (response) => json(response, []),
  null: (response) => json(response, null),
  'a closed connection': (response) => response.destroy(),
  // Right but for its size, so that nothing else refuses it.
  '10 MB': (response, usual) => json(response, { ...usual, padding: 'x'.repeat(10 * 1024 * 1024) }),
};

describeOnPostgresFirst('answers of an identity provider', ({ start }) => {
  let gateway: Gateway;
  let evil: EvilProvider;
  let honest: EvilProvider;
  let strangers: EvilProvider[];

  beforeAll(async () => {
    evil = await startEvilProvider('evil');
    honest = await startEvilProvider('honest');
    const ids = Array.from({ length: 40 }, (_, at) => `stranger-${at}`);
    strangers = await Promise.all(ids.map((id) => startEvilProvider(id)));
    gateway = await start({ env: settingsOf(evil, honest, ...strangers) });
  });

  beforeEach(() => evil.behave());

  /** A provider that the gateway has not spoken with yet. */
  const unmet = () => {
    const provider = strangers.pop();
    if (provider === undefined) throw new Error('All strangers are known');
    return provider;
  };

  const endingOf = async (claims: Claims) => (await signInWith(gateway, evil, claims)).ending;
  const startAt = (provider: string) =>
    gateway.client.run(StartProviderSignInDocument, {
      input: { provider, codeChallenge: challengeOf(newVerifier()) },
    });

  describe('an ID token', () => {
    it('is accepted if it is right', async () => {
      expect(await endingOf(stranger())).toBe('signed in');
      expect(await endingOf(stranger({ aud: ['gatehouse'] }))).toBe('signed in');
      expect(await endingOf(stranger({ aud: ['gatehouse', 'other'], azp: 'gatehouse' }))).toBe('signed in');
    });

    it.each<[string, Claims]>([
      ['for another client', { aud: 'other' }],
      ['for other clients', { aud: ['other', 'another'] }],
      ['for several clients, without azp', { aud: ['gatehouse', 'other'] }],
      ['for several clients, authorized for another', { aud: ['gatehouse', 'other'], azp: 'other' }],
      ['without an audience', { aud: undefined }],
      ['of another issuer', { iss: 'https://accounts.google.com' }],
      ['without an issuer', { iss: undefined }],
      ['with another nonce', { nonce: 'other' }],
      ['without a nonce', { nonce: undefined }],
      ['that has expired', { exp: secondsFromNow(-3600) }],
      ['without an expiry', { exp: undefined }],
      ['with an expiry that is a text', { exp: '9999999999' }],
      ['that is not valid yet', { nbf: secondsFromNow(3600) }],
      ['without a subject', { sub: undefined }],
      ['with an empty subject', { sub: '' }],
      ['with a subject that is a number', { sub: 7 }],
      ['with a subject of 256 characters', { sub: 'x'.repeat(256) }],
      ['with a NUL in its subject', { sub: 'a\0b' }],
    ])('is refused %s', async (_, claims) => {
      // JSON drops undefined values, so they are removed when the token is signed.
      const usual = evil.sign;
      evil.sign = (all, key, kid) => usual({ ...all, ...claims }, key, kid);
      expect(await endingOf(stranger())).toBe('SERVICE_UNAVAILABLE');
      evil.behave();
      expect(await endingOf(stranger())).toBe('signed in');
    });

    it('is refused if another key has signed it', async () => {
      const { privateKey } = await generateKeyPair('RS256');
      evil.sign = (claims, _, kid) =>
        new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey);
      expect(await endingOf(stranger())).toBe('SERVICE_UNAVAILABLE');
    });

    it('is refused if it brings its own key', async () => {
      const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
      const jwk = await exportJWK(publicKey);
      evil.sign = (claims, _, kid) =>
        new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid, jwk }).sign(privateKey);
      expect(await endingOf(stranger())).toBe('SERVICE_UNAVAILABLE');
    });

    it('is refused without a signature, whatever the provider says that it supports', async () => {
      const weak = unmet();
      weak.replies.discovery = (response, usual) =>
        json(response, { ...usual, id_token_signing_alg_values_supported: ['none', 'HS256', 'RS256'] });
      for (const alg of ['none', 'None', 'NONE', '']) {
        weak.sign = async (claims) => forge({ alg }, claims, () => Buffer.alloc(0));
        expect((await signInWith(gateway, weak, stranger())).ending, alg).toBe('SERVICE_UNAVAILABLE');
      }
      const secrets = [weak.clientSecret, 'gatehouse', ''];
      for (const secret of secrets) {
        const sign = (data: Buffer) => createHmac('sha256', secret).update(data).digest();
        weak.sign = async (claims) => forge({ alg: 'HS256' }, claims, sign);
        expect((await signInWith(gateway, weak, stranger())).ending).toBe('SERVICE_UNAVAILABLE');
      }
      weak.sign = async (claims) => forge({ alg: 'RS256' }, claims, () => randomBytes(256));
      expect((await signInWith(gateway, weak, stranger())).ending).toBe('SERVICE_UNAVAILABLE');
      weak.behave();
      expect((await signInWith(gateway, weak, stranger())).ending).toBe('signed in');
    });

    it.each(['', 'x', 'a.b.c', 'a.b.c.d.e', '.'.repeat(1000)])('is refused if it is %j', async (token) => {
      evil.sign = async () => token;
      expect(await endingOf(stranger())).toBe('SERVICE_UNAVAILABLE');
    });

    it('is accepted from a clock that is 20 seconds off', async () => {
      expect(await endingOf(stranger({ exp: secondsFromNow(-20), iat: secondsFromNow(-320) }))).toBe(
        'signed in',
      );
      expect(await endingOf(stranger({ nbf: secondsFromNow(20), iat: secondsFromNow(20) }))).toBe(
        'signed in',
      );
    });

    it('is accepted at once after the keys have rotated', async () => {
      expect(await endingOf(stranger())).toBe('signed in');
      for (let rotation = 0; rotation < 3; rotation += 1) {
        await evil.newKey();
        expect(await endingOf(stranger())).toBe('signed in');
      }
    });

    it('is checked by cached keys', async () => {
      await endingOf(stranger());
      const before = evil.requests.keys;
      for (let count = 0; count < 3; count += 1) expect(await endingOf(stranger())).toBe('signed in');
      expect(evil.requests.keys).toBe(before);
    });
  });

  describe('the UserInfo endpoint', () => {
    const withUserInfo = (claims: Claims) => {
      const provider = unmet();
      provider.replies.discovery = (response, usual) =>
        json(response, { ...usual, userinfo_endpoint: `${provider.issuer}/userinfo` });
      provider.replies.userinfo = (response) => json(response, claims);
      return provider;
    };

    it('gives the claims that the ID token lacks', async () => {
      const { email } = someone();
      const provider = withUserInfo({
        sub: 'one',
        email,
        email_verified: true,
        name: 'One',
      });
      const { ending, user } = await signInWith(gateway, provider, { sub: 'one' });
      expect(ending).toBe('signed in');
      expect(user).toMatchObject({ email, displayName: 'One' });
    });

    it('is not believed about another subject', async () => {
      const { email } = someone();
      const provider = withUserInfo({ sub: 'other', email, email_verified: true });
      expect((await signInWith(gateway, provider, { sub: 'one' })).ending).toBe('SERVICE_UNAVAILABLE');
    });

    it('does not verify the address of the ID token, nor the reverse', async () => {
      const provider = withUserInfo({
        sub: 'one',
        email: someone().email,
        email_verified: true,
      });
      const { email } = someone();
      expect((await signInWith(gateway, provider, { sub: 'one', email })).ending).toBe('EMAIL_NOT_VERIFIED');
      provider.replies.userinfo = (response) => json(response, { sub: 'one', email });
      const claims = { sub: 'one', email_verified: true };
      expect((await signInWith(gateway, provider, claims)).ending).toBe('EMAIL_NOT_VERIFIED');
    });
  });

  describe.each(Object.entries(NONSENSE))('%s', (_, reply) => {
    it.each(['token', 'keys'] as const)('from the endpoint "%s" is SERVICE_UNAVAILABLE', async (endpoint) => {
      evil.replies[endpoint] = reply;
      await evil.newKey();
      const [ending, tookMs] = await timed(endingOf(stranger()));
      expect(ending).toBe('SERVICE_UNAVAILABLE');
      expect(tookMs).toBeLessThan(MAX_MS);
      evil.behave();
      expect(await endingOf(stranger())).toBe('signed in');
    });

    it('at discovery is SERVICE_UNAVAILABLE, and forgotten at the next sign-in', async () => {
      const provider = unmet();
      provider.replies.discovery = reply;
      const [result, tookMs] = await timed(startAt(provider.id));
      expect(expectCode(result, 'SERVICE_UNAVAILABLE').retryAfter).toBeGreaterThan(0);
      expect(tookMs).toBeLessThan(MAX_MS);
      expect((await signInWith(gateway, honest, stranger())).ending).toBe('signed in');
      provider.behave();
      expect((await signInWith(gateway, provider, stranger())).ending).toBe('signed in');
    });
  });

  describe('a slow provider', () => {
    const silent = () => {};
    const dripping = (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 200);
      response.on('close', () => clearInterval(timer));
    };

    it.each([
      ['does not answer', silent],
      ['answers byte by byte', dripping],
    ])('is SERVICE_UNAVAILABLE within five seconds if it %s', async (_, reply) => {
      const provider = unmet();
      provider.replies.discovery = reply;
      const [result, tookMs] = await timed(startAt(provider.id));
      expectCode(result, 'SERVICE_UNAVAILABLE');
      expect(tookMs).toBeLessThan(MAX_MS);
      provider.behave();
      provider.replies.token = reply;
      const page = await begin(gateway, provider.id);
      const [answer, took] = await timed(openCallback(callbackFor(page, stranger())));
      expect(landingOf(answer)).toEqual({ error: 'SERVICE_UNAVAILABLE' });
      expect(took).toBeLessThan(MAX_MS);
    });

    it('has five seconds for all its endpoints together', async () => {
      const provider = unmet();
      const page = await begin(gateway, provider.id);
      for (const endpoint of ['token', 'keys'] as const) {
        provider.replies[endpoint] = async (response, usual) => {
          await sleep(3000);
          json(response, usual);
        };
      }
      const [answer, tookMs] = await timed(openCallback(callbackFor(page, stranger())));
      expect(landingOf(answer)).toEqual({ error: 'SERVICE_UNAVAILABLE' });
      expect(tookMs).toBeLessThan(MAX_MS);
    });

    it('delays nobody else, and is asked once for all who wait', async () => {
      const account = await registerAndVerify(gateway);
      const provider = unmet();
      provider.replies.discovery = silent;
      let isWaiting = true;
      const waiting = Promise.all(Array.from({ length: 20 }, () => startAt(provider.id))).finally(() => {
        isWaiting = false;
      });
      const [{ ending }] = await Promise.all([
        signInWith(gateway, honest, stranger()),
        signIn(gateway, account),
      ]);
      expect(ending).toBe('signed in');
      expect(isWaiting).toBe(true);
      for (const result of await waiting) expectCode(result, 'SERVICE_UNAVAILABLE');
      expect(provider.requests.discovery).toBe(1);
    });
  });

  it('is SERVICE_UNAVAILABLE while it is down, at the start and at the callback', async () => {
    const provider = unmet();
    const page = await begin(gateway, provider.id);
    await provider.stop();
    const landing = landingOf(await openCallback(callbackFor(page, stranger())));
    expect(landing).toEqual({ error: 'SERVICE_UNAVAILABLE' });
    const unknown = unmet();
    await unknown.stop();
    expectCode(await startAt(unknown.id), 'SERVICE_UNAVAILABLE');
    expect(gateway.logs()).toContain('an identity provider failed');
  });

  it('never sends the client secret to where a provider redirects', async () => {
    let reached = 0;
    const target = createServer((_request, response) => {
      reached += 1;
      json(response, {});
    });
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    stopAtEnd(() => new Promise<void>((resolve) => target.close(() => resolve())));
    const location = `http://127.0.0.1:${(target.address() as AddressInfo).port}/`;
    for (const status of [301, 302, 303, 307, 308]) {
      evil.replies.token = (response) => response.writeHead(status, { location }).end();
      expect(await endingOf(stranger()), String(status)).toBe('SERVICE_UNAVAILABLE');
      const provider = unmet();
      provider.replies.discovery = (response) => response.writeHead(status, { location }).end();
      expectCode(await startAt(provider.id), 'SERVICE_UNAVAILABLE');
    }
    expect(reached).toBe(0);
  });

  it.each<[string, Claims]>([
    ['another issuer', { issuer: 'https://accounts.google.com' }],
    ['no issuer', { issuer: undefined }],
    ['a token endpoint of another loopback host over http', { token_endpoint: 'http://127.0.0.2:1/token' }],
    ['a token endpoint of another host over http', { token_endpoint: 'http://192.0.2.1/token' }],
    ['an authorization endpoint of another host over http', { authorization_endpoint: 'http://192.0.2.1/' }],
    ['keys of another host over http', { jwks_uri: 'http://metadata.example/keys' }],
    ['a script for an authorization endpoint', { authorization_endpoint: 'javascript:alert(1)' }],
    ['a file for its keys', { jwks_uri: 'file:///etc/passwd' }],
    ['no token endpoint', { token_endpoint: undefined }],
  ])('is refused if its metadata names %s', async (_, changes) => {
    const provider = unmet();
    provider.replies.discovery = (response, usual) => json(response, { ...usual, ...changes });
    expectCode(await startAt(provider.id), 'SERVICE_UNAVAILABLE');
  });

  it('is read again after an hour, and serves from memory if it is down then', async () => {
    const provider = unmet();
    expect((await signInWith(gateway, provider, stranger())).ending).toBe('signed in');
    expect((await signInWith(gateway, provider, stranger())).ending).toBe('signed in');
    expect(provider.requests.discovery).toBe(1);
    provider.replies.discovery = (response, usual) => NONSENSE.HTML?.(response, usual);
    await gateway.clock.reach(Date.now() + 61 * 60_000);
    expect((await signInWith(gateway, provider, stranger())).ending).toBe('signed in');
    expect(provider.requests.discovery).toBeGreaterThan(1);
    expect(gateway.logs()).toContain('cannot renew the metadata of an identity provider');
  });
});
