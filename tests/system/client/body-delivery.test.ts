import { AuthError } from 'gatehouse/client';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { RevokeOtherSessionsDocument } from '../../generated/graphql.js';
import { type Account, registerAndVerify, signIn } from '../../support/accounts.js';
import { bodyClient, query } from '../../support/body-client.js';
import { expectData } from '../../support/client.js';
import { type FaultProxy, refusal, startFaultProxy } from '../../support/fault-proxy.js';
import type { Gateway } from '../../support/gateway.js';
import { startGateway } from '../../support/in-process.js';

const HOUR_MS = 3_600_000;

describe('a client with its refresh token in a storage', () => {
  let gateway: Gateway;
  let proxy: FaultProxy;
  let account: Account;

  const refreshes = () => proxy.count('refreshToken');
  const expireTokens = () => gateway.clock.reach(gateway.clock.now() + HOUR_MS);
  const storageOf = () => {
    let stored: string | null = null;
    return {
      get: async () => stored,
      set: async (token: string | null) => {
        stored = token;
      },
    };
  };
  const signedIn = async (options = {}) => {
    const client = bodyClient(proxy.url, options);
    await client.signIn({ identifier: account.username, password: account.password });
    return client;
  };
  const me = () => ({ data: { me: { username: account.username } } });

  beforeAll(async () => {
    gateway = await startGateway({ listen: true });
    proxy = await startFaultProxy(gateway.port);
    account = await registerAndVerify(gateway);
  });

  it('signs in, asks with a token, and signs out', async () => {
    const client = await signedIn();
    expect(client.state).toMatchObject({ status: 'signedIn', user: { username: account.username } });
    expect(await query(client, proxy.url)).toEqual(me());
    const token = (await client.accessToken()) as string;
    await client.signOut();
    expect(client.state).toEqual({ status: 'signedOut', reason: 'signedOut' });
    expect(await client.accessToken()).toBeNull();
    const { errors } = await gateway.client.runRaw('{ me { id } }', {}, { token });
    expect(errors[0]?.extensions.reason).toBe('SESSION_REVOKED');
  });

  it('gives the reasons of a refused sign-in', async () => {
    const client = bodyClient(proxy.url);
    const refused = client.signIn({ identifier: account.username, password: 'wrong' });
    await expect(refused).rejects.toBeInstanceOf(AuthError);
    await expect(refused).rejects.toMatchObject({ name: 'AuthError', code: 'INVALID_CREDENTIALS' });
    const empty = client.signIn({ identifier: '', password: account.password });
    await expect(empty).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      fieldErrors: [{ field: 'identifier', message: expect.any(String) }],
    });
    expect(client.state).toEqual({ status: 'unknown' });
  });

  it('signs out of all devices with everywhere', async () => {
    const [one, other] = await Promise.all([signedIn(), signedIn()]);
    await one.signOut({ everywhere: true });
    await query(other, proxy.url);
    expect(other.state).toEqual({ status: 'signedOut', reason: 'revoked' });
  });

  it('refreshes once for a hundred queries with an expired token', async () => {
    const client = await signedIn();
    await expireTokens();
    const before = refreshes();
    const answers = await Promise.all(Array.from({ length: 100 }, () => query(client, proxy.url)));
    expect(answers).toEqual(Array.from({ length: 100 }, me));
    expect(refreshes() - before).toBe(1);
  });

  it('goes on with the storage of an earlier process, and clears it when it signs out', async () => {
    const storage = storageOf();
    await signedIn({ storage });
    const first = await storage.get();
    await expireTokens();
    const restarted = bodyClient(proxy.url, { storage });
    expect(await restarted.start()).toMatchObject({ user: { username: account.username } });
    expect(await storage.get()).not.toBe(first);
    await restarted.signOut();
    expect(await storage.get()).toBeNull();
    expect(await bodyClient(proxy.url, { storage }).start()).toEqual({ status: 'signedOut' });
  });

  it('survives that several clients share one storage, over many refreshes', async () => {
    const storage = storageOf();
    await signedIn({ storage });
    const clients = Array.from({ length: 4 }, () => bodyClient(proxy.url, { storage }));
    for (let round = 0; round < 3; round++) {
      await expireTokens();
      const answers = await Promise.all(clients.map((client) => query(client, proxy.url)));
      expect(answers).toEqual(clients.map(me));
    }
  });

  it('keeps the newer token of another client that shares the storage', async () => {
    const storage = storageOf();
    const client = await signedIn({ storage });
    const other = bodyClient(proxy.url, { storage });
    await expireTokens();
    let release = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    const before = refreshes();
    proxy.fail('refreshToken', { kind: 'late', until });
    const slow = query(client, proxy.url);
    await expect.poll(refreshes, { timeout: 5000 }).toBe(before + 1);
    await other.start();
    await expireTokens();
    await query(other, proxy.url);
    const newest = await storage.get();
    release();
    await slow;
    expect(await storage.get()).toBe(newest);
    await expireTokens();
    expect(await query(other, proxy.url)).toEqual(me());
  });

  it.each([
    ['the gateway refuses the token', () => expireTokens()],
    // More than the client takes for a correction of the clock, so it takes the token for expired.
    [
      'the client knows that the token has expired',
      () => void vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000),
    ],
  ])(
    'never sends a request as another user, who replaced the refresh token, if %s',
    async (_title, expire) => {
      const storage = storageOf();
      const client = await signedIn({ storage });
      const states: unknown[] = [];
      client.subscribe((state) => states.push(state));
      const other = await registerAndVerify(gateway);
      await bodyClient(proxy.url, { storage }).signIn({
        identifier: other.username,
        password: other.password,
      });
      onTestFinished(() => void vi.restoreAllMocks());
      await expire();
      const sent = vi.fn(globalThis.fetch);
      vi.stubGlobal('fetch', sent);
      const answer = query(client, proxy.url);
      await expect(answer).rejects.toMatchObject({ name: 'AuthError', code: 'UNAUTHENTICATED' });
      vi.unstubAllGlobals();
      const queries = sent.mock.calls.filter(([, init]) => String(init?.body).includes('me { username }'));
      const token = await client.accessToken();
      expect(
        queries.filter(([, init]) => new Headers(init?.headers).get('authorization') === `Bearer ${token}`),
      ).toEqual([]);
      expect(states).toEqual([client.state]);
      expect(client.state).toMatchObject({ status: 'signedIn', user: { username: other.username } });
      // What is sent from now on is meant for the new user.
      expect(await query(client, proxy.url)).toEqual({ data: { me: { username: other.username } } });
    },
  );

  it('signs out, once, when the session was revoked elsewhere', async () => {
    const client = await signedIn();
    const states: unknown[] = [];
    client.subscribe((state) => states.push(state));
    const elsewhere = await signIn(gateway, account);
    expectData(await gateway.client.run(RevokeOtherSessionsDocument, {}, { token: elsewhere.accessToken }));
    await Promise.all([query(client, proxy.url), query(client, proxy.url)]);
    expect(states).toEqual([{ status: 'signedOut', reason: 'revoked' }]);
  });

  it.each([
    ['TOKEN_EXPIRED', 'expired'],
    ['TOKEN_INVALID', 'expired'],
    ['SESSION_REVOKED', 'revoked'],
  ])('signs out if the new token is refused too, with %s', async (reason, signedOut) => {
    const client = await signedIn();
    const before = refreshes();
    const expired = refusal({ code: 'UNAUTHENTICATED', reason: 'TOKEN_EXPIRED' });
    proxy.fail('me', expired, refusal({ code: 'UNAUTHENTICATED', reason }));
    expect((await query(client, proxy.url)).errors).toMatchObject([{ extensions: { reason } }]);
    expect(client.state).toEqual({ status: 'signedOut', reason: signedOut });
    expect(refreshes() - before).toBe(1);
  });

  it('does not sign out by an UNAUTHENTICATED without a reason, which is not of the gateway', async () => {
    const client = await signedIn();
    proxy.fail('me', refusal({ code: 'UNAUTHENTICATED' }));
    await query(client, proxy.url);
    expect(client.state).toMatchObject({ status: 'signedIn' });
  });

  it('refreshes once for the challenge of another service (RFC 6750), and signs nobody out by it', async () => {
    const client = await signedIn();
    const challenge = {
      kind: 'answer',
      status: 401,
      body: '',
      headers: { 'www-authenticate': 'Bearer realm="orders", error="invalid_token"' },
    } as const;
    const before = refreshes();
    proxy.fail('me', challenge);
    expect(await query(client, proxy.url)).toEqual(me());
    proxy.fail('me', challenge, challenge);
    await expect(query(client, proxy.url)).rejects.toThrow();
    expect(refreshes() - before).toBe(2);
    expect(client.state).toMatchObject({ status: 'signedIn' });
  });

  it('keeps its token for other services if one service refuses it and the refresh fails', async () => {
    const client = await signedIn();
    const headers = { 'www-authenticate': 'Bearer error="invalid_token"' };
    proxy.fail('me', { kind: 'answer', status: 401, body: '{"refused":true}', headers });
    proxy.fail('refreshToken', refusal({ code: 'RATE_LIMITED', retryAfter: 60 }));
    expect(await query(client, proxy.url)).toEqual({ refused: true });
    expect(await query(client, proxy.url)).toEqual(me());
  });

  it('rejects a sign-out that did not reach the gateway: the user is still signed in', async () => {
    const client = await signedIn();
    proxy.fail('logout', { kind: 'drop' });
    await expect(client.signOut()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(client.state).toMatchObject({ status: 'signedIn' });
    await client.signOut();
  });

  it('is not signed in again by a refresh that was under way when it signed out', async () => {
    const client = await signedIn();
    await expireTokens();
    const slow = query(client, proxy.url);
    await client.signOut();
    await slow;
    expect(client.state).toEqual({ status: 'signedOut', reason: 'signedOut' });
    expect(await client.accessToken()).toBeNull();
  });

  it('rejects what waits for a token when it is closed', async () => {
    const client = await signedIn();
    await expireTokens();
    proxy.fail('refreshToken', refusal({ code: 'SERVICE_UNAVAILABLE', retryAfter: 20 }));
    const before = refreshes();
    const waiting = query(client, proxy.url);
    await expect.poll(refreshes, { timeout: 5000 }).toBe(before + 1);
    client.close();
    await expect(waiting).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});

describe('a client of a gateway with rate limits', () => {
  it('waits for the rate limit of the refresh', async () => {
    const gateway = await startGateway({
      listen: true,
      env: { RATE_LIMIT_ENABLED: 'true', RATE_LIMITS: 'refreshToken=1/3' },
    });
    const proxy = await startFaultProxy(gateway.port);
    const account = await registerAndVerify(gateway);
    const clients = [bodyClient(proxy.url), bodyClient(proxy.url)];
    for (const client of clients) {
      await client.signIn({ identifier: account.username, password: account.password });
    }
    await gateway.clock.reach(gateway.clock.now() + HOUR_MS);
    const answers = await Promise.all(clients.map((client) => query(client, proxy.url)));
    expect(answers).toEqual(clients.map(() => ({ data: { me: { username: account.username } } })));
    expect(proxy.count('refreshToken')).toBe(3);
    for (const client of clients) expect(client.state).toMatchObject({ status: 'signedIn' });
  });
});
