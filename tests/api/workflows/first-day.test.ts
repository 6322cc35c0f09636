import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  LogoutDocument,
  MeDocument,
  MySessionsDocument,
  RefreshTokenDocument,
  ResendVerificationEmailDocument,
  RevokeOtherSessionsDocument,
  RevokeSessionDocument,
  UpdateProfileDocument,
  VerifyEmailDocument,
} from '../../generated/graphql.js';
import {
  login,
  register,
  registerAndVerify,
  signedInBy,
  signIn,
  someone,
  verificationMail,
} from '../../support/accounts.js';
import { expectCode, expectData } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { send } from '../../support/http.js';
import { describeOnBackends } from '../../support/in-process.js';
import { hasToken, linkIn, tokenIn } from '../../support/mailbox.js';
import { decode } from '../../support/tokens.js';

const DAY = 24 * 3600 * 1000;
const daysFromNow = (date: string) => (Date.parse(date) - Date.now()) / DAY;

describeOnBackends('the first day of an account', ({ start }) => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await start();
  });

  const me = (token?: string) => gateway.client.run(MeDocument, {}, token === undefined ? {} : { token });
  const refresh = (refreshToken: string) => gateway.client.run(RefreshTokenDocument, { refreshToken });
  const sessions = async (token: string) =>
    expectData(await gateway.client.run(MySessionsDocument, {}, { token })).me?.sessions ?? [];

  it('works from registration to the last logout', async () => {
    const account = someone();
    const registered = expectData(await register(gateway, account));
    expect(registered.register).toEqual({ email: account.email, verificationRequired: true });
    expectCode(await login(gateway, account), 'EMAIL_NOT_VERIFIED');

    const mail = await verificationMail(gateway, account.email);
    const link = linkIn(mail);
    expect(link.origin + link.pathname).toBe(`${gateway.url}/verify-email`);
    const verified = expectData(await gateway.client.run(VerifyEmailDocument, { token: tokenIn(mail) }));
    expect(verified.verifyEmail).toEqual({ email: account.email });
    await gateway.mail.waitForMail(account.email, (one) => one.subject !== mail.subject);

    const first = await signIn(gateway, account);
    expect(first).toMatchObject({ tokenType: 'Bearer', expiresIn: 30 * 60 });
    expect(first.user).toMatchObject({
      username: account.username,
      email: account.email,
      emailVerified: true,
      role: 'CUSTOMER',
      isActive: true,
      displayName: null,
    });
    expect(first.user.lastLoginAt).not.toBeNull();
    expect(expectData(await me(first.accessToken)).me).toEqual(first.user);

    const second = expectData(await refresh(first.refreshToken)).refreshToken;
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(second.accessToken).not.toBe(first.accessToken);
    expect(second.session.id).toBe(first.session.id);
    expect(second.user).toEqual(first.user);

    expect(await sessions(second.accessToken)).toMatchObject([{ id: first.session.id, current: true }]);
    expect(
      expectData(await gateway.client.run(LogoutDocument, {}, { token: second.accessToken })).logout.success,
    ).toBe(true);
    expect(expectCode(await me(second.accessToken), 'UNAUTHENTICATED').reason).toBe('SESSION_REVOKED');
    expect(expectCode(await me(first.accessToken), 'UNAUTHENTICATED').reason).toBe('SESSION_REVOKED');
    expectCode(await refresh(second.refreshToken ?? ''), 'TOKEN_INVALID');
    expectData(await gateway.client.run(LogoutDocument, { refreshToken: second.refreshToken }));
  });

  it('issues access tokens per RFC 9068 that verify against the JWKS', async () => {
    const account = await registerAndVerify(gateway);
    const { accessToken, session, user } = await signIn(gateway, account);
    const { header, claims, signature, signed } = decode(accessToken);
    expect(header).toMatchObject({ typ: 'at+jwt', alg: 'EdDSA', kid: expect.any(String) });
    expect(claims).toMatchObject({
      iss: gateway.url,
      aud: 'gateway',
      sub: user.id,
      sid: session.id,
      jti: expect.any(String),
      amr: ['pwd'],
      role: 'CUSTOMER',
      scope: expect.any(String),
      auth_time: expect.any(Number),
    });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(30 * 60);

    const jwks = await send(`${gateway.url}/.well-known/jwks.json`);
    expect(jwks.headers['cache-control']).toMatch(/max-age=[1-9]\d{1,2}\b/);
    const { keys } = jwks.json as { keys: (JsonWebKey & { kid: string; alg: string; use: string })[] };
    expect(
      keys.flatMap((one) => Object.keys(one)).filter((name) => ['d', 'p', 'q', 'k'].includes(name)),
    ).toEqual([]);
    const key = keys.find(({ kid }) => kid === header.kid);
    expect(key).toMatchObject({ alg: 'EdDSA', use: 'sig' });
    expect(verify(null, signed, createPublicKey({ key: key as JsonWebKey, format: 'jwk' }), signature)).toBe(
      true,
    );
  });

  it('accepts a username or an address as identifier, in any letter case', async () => {
    const account = await registerAndVerify(gateway);
    for (const username of [account.username.toUpperCase(), account.email, account.email.toUpperCase()]) {
      const { user } = await signIn(gateway, { ...account, username });
      expect(user.username).toBe(account.username);
    }
  });

  it('accepts a verification token once', async () => {
    const account = someone();
    expectData(await register(gateway, account));
    const token = tokenIn(await verificationMail(gateway, account.email));
    expectData(await gateway.client.run(VerifyEmailDocument, { token }));
    expectCode(await gateway.client.run(VerifyEmailDocument, { token }), 'TOKEN_INVALID');
  });

  it('replaces a verification token with a newer one', async () => {
    const account = someone();
    expectData(await register(gateway, account));
    const mail = await verificationMail(gateway, account.email);
    const sent = await gateway.client.run(ResendVerificationEmailDocument, { email: account.email });
    expect(expectData(sent).resendVerificationEmail.success).toBe(true);
    const newer = await gateway.mail.waitForMail(
      account.email,
      (one) => hasToken(one) && tokenIn(one) !== tokenIn(mail),
    );
    expectCode(await gateway.client.run(VerifyEmailDocument, { token: tokenIn(mail) }), 'TOKEN_INVALID');
    expectData(await gateway.client.run(VerifyEmailDocument, { token: tokenIn(newer) }));
    await signIn(gateway, account);
  });

  it('refuses a taken username in any letter case', async () => {
    const account = await registerAndVerify(gateway);
    const again = await register(gateway, someone({ username: account.username.toUpperCase() }));
    expectCode(again, 'USERNAME_TAKEN');
  });

  it('changes the username and the display name', async () => {
    const account = await registerAndVerify(gateway);
    const { accessToken: token } = await signIn(gateway, account);
    const { username } = someone();
    const input = { username, displayName: 'Ada Lovelace' };
    const changed = expectData(
      await gateway.client.run(UpdateProfileDocument, { input }, { token }),
    ).updateProfile;
    expect(changed).toMatchObject(input);
    expect(expectData(await me(token)).me).toEqual(changed);
    await signIn(gateway, { ...account, username });
    expectCode(await login(gateway, account), 'INVALID_CREDENTIALS');

    const other = await registerAndVerify(gateway);
    const taken = { input: { username: other.username.toUpperCase() } };
    expectCode(await gateway.client.run(UpdateProfileDocument, taken, { token }), 'USERNAME_TAKEN');
  });

  it('keeps a session longer if the user asks to be remembered', async () => {
    const account = await registerAndVerify(gateway);
    const short = await signIn(gateway, account);
    const long = await signIn(gateway, account, { rememberMe: true });
    expect(short.session.remembered).toBe(false);
    expect(daysFromNow(short.refreshExpiresAt)).toBeCloseTo(7, 1);
    expect(long.session.remembered).toBe(true);
    expect(daysFromNow(long.refreshExpiresAt)).toBeCloseTo(30, 1);

    const next = expectData(await refresh(long.refreshToken)).refreshToken;
    expect(next.session.remembered).toBe(true);
    expect(daysFromNow(next.refreshExpiresAt)).toBeCloseTo(30, 1);
    expect(Date.parse(next.session.expiresAt)).toBeLessThanOrEqual(
      Date.parse(long.session.createdAt) + 30 * DAY + 1000,
    );
  });

  it('lists sessions newest first and ends the requested ones', async () => {
    const account = await registerAndVerify(gateway);
    const browser = { headers: { 'user-agent': 'Browser/1.0' } };
    const oldest = await signIn(gateway, account);
    const middle = await signIn(gateway, account, {}, browser);
    const newest = await signIn(gateway, account);
    const ids = [newest, middle, oldest].map(({ session }) => session.id);
    const list = await sessions(newest.accessToken);
    expect(list.map(({ id }) => id)).toEqual(ids);
    expect(list.map(({ current }) => current)).toEqual([true, false, false]);
    expect(list[1]).toMatchObject({ userAgent: 'Browser/1.0', ipAddress: '127.0.0.1' });

    const token = newest.accessToken;
    expectData(await gateway.client.run(RevokeSessionDocument, { id: middle.session.id }, { token }));
    expect(expectCode(await me(middle.accessToken), 'UNAUTHENTICATED').reason).toBe('SESSION_REVOKED');
    expectCode(await refresh(middle.refreshToken), 'TOKEN_INVALID');
    expectData(await me(oldest.accessToken));

    expectData(await gateway.client.run(RevokeOtherSessionsDocument, {}, { token }));
    expect(expectCode(await me(oldest.accessToken), 'UNAUTHENTICATED').reason).toBe('SESSION_REVOKED');
    expectCode(await refresh(oldest.refreshToken), 'TOKEN_INVALID');
    expect((await sessions(token)).map(({ id }) => id)).toEqual([newest.session.id]);
  });

  it("answers NOT_FOUND to another user's session, like to an unknown one", async () => {
    const [mine, theirs] = await Promise.all([registerAndVerify(gateway), registerAndVerify(gateway)]);
    const { accessToken: token } = await signIn(gateway, mine);
    const victim = await signIn(gateway, theirs);
    const id = victim.session.id;
    const taken = await gateway.client.run(RevokeSessionDocument, { id }, { token });
    const unknown = await gateway.client.run(
      RevokeSessionDocument,
      { id: id.replace(/[0-9a-f]/g, (digit) => (digit === 'a' ? 'b' : 'a')) },
      { token },
    );
    expectCode(taken, 'NOT_FOUND');
    expect(taken.errors).toEqual(unknown.errors);
    expectData(await me(victim.accessToken));
  });

  describe('a logout', () => {
    it('ends the session of a refresh token without an access token', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken, refreshToken } = await signIn(gateway, account);
      expectData(await gateway.client.run(LogoutDocument, { refreshToken }));
      expect(expectCode(await me(accessToken), 'UNAUTHENTICATED').reason).toBe('SESSION_REVOKED');
      expectCode(await refresh(refreshToken), 'TOKEN_INVALID');
    });

    it('succeeds for an ended session, and is refused without any token', async () => {
      const { accessToken, refreshToken } = await signIn(gateway, await registerAndVerify(gateway));
      for (const variables of [{}, {}, { refreshToken }]) {
        const again = await gateway.client.run(LogoutDocument, variables, { token: accessToken });
        expect(expectData(again).logout.success).toBe(true);
      }
      expect(expectCode(await gateway.client.run(LogoutDocument, {}), 'UNAUTHENTICATED').reason).toBe(
        'TOKEN_MISSING',
      );
    });

    it('ends all sessions of the user with everywhere, and of nobody else', async () => {
      const [account, other] = await Promise.all([registerAndVerify(gateway), registerAndVerify(gateway)]);
      const [one, two, stranger] = [
        await signIn(gateway, account),
        await signIn(gateway, account),
        await signIn(gateway, other),
      ];
      expectData(await gateway.client.run(LogoutDocument, { everywhere: true }, { token: one.accessToken }));
      for (const { accessToken, refreshToken } of [one, two]) {
        expect(expectCode(await me(accessToken), 'UNAUTHENTICATED').reason).toBe('SESSION_REVOKED');
        expectCode(await refresh(refreshToken), 'TOKEN_INVALID');
      }
      expectData(await me(stranger.accessToken));
    });
  });

  describe('the refresh token in a cookie', () => {
    it('is not in the response body, is rotated, and is cleared by the logout', async () => {
      const account = await registerAndVerify(gateway);
      const result = await login(gateway, account, { tokenDelivery: 'COOKIE' });
      expect(signedInBy(result).refreshToken).toBeNull();
      const first = result.cookies.refresh;
      expect(first?.attributes).toMatchObject({ httponly: true, samesite: 'Strict' });
      expect(first?.attributes).not.toHaveProperty('max-age');
      expect(first?.attributes).not.toHaveProperty('expires');
      expect(first?.attributes).not.toHaveProperty('domain');

      const cookies = { refresh: first?.value ?? '' };
      const swapped = await gateway.client.run(RefreshTokenDocument, {}, { cookies });
      const { accessToken, refreshToken } = expectData(swapped).refreshToken;
      expect(refreshToken).toBeNull();
      const second = swapped.cookies.refresh;
      expect(second?.value).not.toBe(first?.value);
      expect(second?.attributes).toEqual(first?.attributes);

      const out = await gateway.client.run(LogoutDocument, {}, { cookies: { refresh: second?.value ?? '' } });
      expectData(out);
      expect(out.cookies.refresh?.value).toBe('');
      expect(expectCode(await me(accessToken), 'UNAUTHENTICATED').reason).toBe('SESSION_REVOKED');
      const late = await gateway.client.run(
        RefreshTokenDocument,
        {},
        { cookies: { refresh: second?.value ?? '' } },
      );
      expectCode(late, 'TOKEN_INVALID');
    });

    it('outlives the browser only if the user asks to be remembered', async () => {
      const account = await registerAndVerify(gateway);
      const result = await login(gateway, account, { tokenDelivery: 'COOKIE', rememberMe: true });
      const { attributes } = result.cookies.refresh ?? {};
      const seconds = attributes?.['max-age']
        ? Number(attributes['max-age'])
        : (Date.parse(String(attributes?.expires)) - Date.now()) / 1000;
      expect(seconds / 86_400).toBeCloseTo(30, 1);
    });

    it('is required if there is no argument', async () => {
      expectCode(await gateway.client.run(RefreshTokenDocument, {}), 'TOKEN_INVALID');
    });
  });

  it('answers me with TOKEN_MISSING without a token', async () => {
    const result = await me();
    expect(expectCode(result, 'UNAUTHENTICATED').reason).toBe('TOKEN_MISSING');
    expect(result.data).toEqual({ me: null });
  });
});
