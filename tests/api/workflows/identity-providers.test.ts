import { beforeAll, describe, expect, it } from 'vitest';
import {
  AuditLogDocument,
  FinishProviderSignInDocument,
  IdentityProvidersDocument,
  RequestPasswordResetDocument,
  ResetPasswordDocument,
  SecondStepDocument,
  UnlinkIdentityDocument,
} from '../../generated/graphql.js';
import { login, registerAndVerify, STRONG_PASSWORD, signIn, someone } from '../../support/accounts.js';
import { castOf } from '../../support/cast.js';
import { expectCode, expectData } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnBackends, describeOnPostgres } from '../../support/in-process.js';
import { hasToken, tokenIn } from '../../support/mailbox.js';
import { type OpenIdProvider, settingsOf, startOpenIdProvider } from '../../support/openid-provider.js';
import {
  atProvider,
  begin,
  beginLink,
  codeFor,
  identitiesOf,
  landingOf,
  linkBy,
  openCallback,
  redeem,
  signedInTo,
  signInBy,
} from '../../support/openid-sign-in.js';
import { nextPort } from '../../support/served-here.js';
import { me, refresh } from '../../support/sessions.js';
import { decode } from '../../support/tokens.js';
import { protectedAccount } from '../../support/totp.js';

/** A person with an account at the provider. */
function person(provider: OpenIdProvider, claims: Record<string, unknown> = {}) {
  const { username: sub, email } = someone();
  provider.people.set(sub, { email, email_verified: true, preferred_username: sub, ...claims });
  return { sub, email };
}

const minutesUntil = (date: string) => (Date.parse(date) - Date.now()) / 60_000;

describeOnBackends('sign-in by an identity provider', ({ start }) => {
  let gateway: Gateway;
  let corp: OpenIdProvider;
  let linking: OpenIdProvider;

  beforeAll(async () => {
    const port = nextPort();
    const gatewayUrl = `http://127.0.0.1:${port}`;
    corp = await startOpenIdProvider('corp', { gatewayUrl, env: { NAME: 'Corporation' } });
    linking = await startOpenIdProvider('link-2', { gatewayUrl, env: { LINK_VERIFIED: 'true' } });
    gateway = await start({ port, env: settingsOf(corp, linking) });
  });

  it('lists the providers in the order of the settings', async () => {
    expect(expectData(await gateway.client.run(IdentityProvidersDocument, {})).identityProviders).toEqual([
      { id: 'corp', name: 'Corporation' },
      { id: 'link-2', name: 'link-2' },
    ]);
  });

  it('creates an account at the first sign-in and finds it at the next', async () => {
    const { sub, email } = person(corp, { name: 'Ada Lovelace', preferred_username: 'ada@corp.example' });
    const first = signedInTo(await signInBy(gateway, corp, sub));
    expect(first.user).toMatchObject({ username: 'ada', displayName: 'Ada Lovelace', role: 'CUSTOMER' });
    expect(first.user).toMatchObject({ email, emailVerified: true, isActive: true });
    expect(decode(first.accessToken).claims.amr).toEqual(['fed']);
    expectData(await me(gateway, first));
    const welcome = await gateway.mail.waitForMail(email);
    expect(welcome.text).toContain('Ada Lovelace');

    const second = signedInTo(await signInBy(gateway, corp, sub));
    expect(second.user.id).toBe(first.user.id);
    const { hasPassword, identities } = await identitiesOf(gateway, second.accessToken);
    expect(hasPassword).toBe(false);
    expect(identities).toMatchObject([{ provider: { id: 'corp', name: 'Corporation' }, email }]);
    expect(minutesUntil(identities[0]?.lastUsedAt ?? '')).toBeCloseTo(0, 0);
    const { refreshToken } = second;
    expectData(await refresh(gateway, { refreshToken: refreshToken ?? '' }));
  });

  it('comes back to the page that the front end named', async () => {
    const { sub } = person(corp);
    const returnTo = '/account?tab=devices&q=a+b%20ü#end';
    const page = await begin(gateway, 'corp', returnTo);
    const landing = landingOf(await openCallback(await atProvider(gateway, page, sub)));
    expect(landing).toEqual({ code: expect.any(String), return_to: returnTo });
    signedInTo(await redeem(gateway, landing.code ?? '', page.codeVerifier));
  });

  it('comes back with UNAUTHENTICATED if the person cancels at the provider, and can begin again', async () => {
    const page = await begin(gateway, 'corp', '/account');
    const url = await atProvider(gateway, page, 'nobody');
    expect(landingOf(await openCallback(url))).toEqual({ error: 'UNAUTHENTICATED', return_to: '/account' });
    expect(landingOf(await openCallback(url))).toEqual({ error: 'TOKEN_INVALID' });
    signedInTo(await signInBy(gateway, corp, person(corp).sub));
  });

  it('delivers the tokens as the front end asks', async () => {
    const { sub } = person(corp);
    const page = await begin(gateway, 'corp');
    const input = {
      code: await codeFor(gateway, page, sub),
      codeVerifier: page.codeVerifier,
      rememberMe: true,
      tokenDelivery: 'COOKIE' as const,
    };
    const result = await gateway.client.run(FinishProviderSignInDocument, { input });
    const { refreshToken, session } = signedInTo(result);
    expect(refreshToken).toBeNull();
    expect(session.remembered).toBe(true);
    expect(result.cookies.refresh?.attributes).toMatchObject({ httponly: true, samesite: 'Strict' });
    expect(result.cookies.refresh?.attributes['max-age']).toBeDefined();
    expect(result.cookies.device?.value).toBeDefined();
  });

  it('works at once after the provider has rotated its keys', async () => {
    const { sub } = person(corp);
    const { user } = signedInTo(await signInBy(gateway, corp, sub));
    await corp.rotateKeys();
    expect(signedInTo(await signInBy(gateway, corp, sub)).user.id).toBe(user.id);
  });

  it('takes only a verified address', async () => {
    for (const email_verified of [false, undefined]) {
      const { sub } = person(corp, { email_verified });
      expectCode(await signInBy(gateway, corp, sub), 'EMAIL_NOT_VERIFIED');
    }
  });

  describe('with an account of the same address', () => {
    it('asks to sign in and to link, which adds the identity', async () => {
      const account = await registerAndVerify(gateway);
      const { sub } = person(corp, { email: account.email });
      expectCode(await signInBy(gateway, corp, sub), 'ACCOUNT_EXISTS');

      const session = await signIn(gateway, account);
      const linked = signedInTo(await linkBy(gateway, corp, sub, session.accessToken));
      expect(linked.session.id, 'the same session goes on').toBe(session.session.id);
      expect(linked.session.current).toBe(true);
      expect(linked.refreshToken, 'the client has it already').toBeNull();
      expectData(await refresh(gateway, session));
      const mail = await gateway.mail.waitForMail(account.email, ({ subject }) => /was added/.test(subject));
      expect(mail.text).toContain('Corporation');
      expect(signedInTo(await signInBy(gateway, corp, sub)).user.id).toBe(session.user.id);

      // Linking it again changes nothing.
      signedInTo(await linkBy(gateway, corp, sub, session.accessToken));
      const { hasPassword, identities } = await identitiesOf(gateway, session.accessToken);
      expect(hasPassword).toBe(true);
      expect(identities).toHaveLength(1);
    });

    it('signs in to it if the operator trusts the verified addresses of the provider', async () => {
      const account = await registerAndVerify(gateway);
      const { user } = await signIn(gateway, account);
      const { sub } = person(linking, { email: account.email.toUpperCase() });
      expect(signedInTo(await signInBy(gateway, linking, sub)).user.id).toBe(user.id);
      await gateway.mail.waitForMail(account.email, ({ subject }) => /was added/.test(subject));
      await signIn(gateway, account);
    });
  });

  it('still asks for the second factor', async () => {
    const account = await protectedAccount(gateway);
    const { sub } = person(linking, { email: account.email });
    const result = expectData(await signInBy(gateway, linking, sub)).finishProviderSignIn;
    if (result.__typename !== 'TwoFactorChallenge') throw new Error('The sign-in asked for no second factor');
    expect(result.methods).toContain('TOTP');
    const code = await account.authenticator.freshCode();
    const input = { challengeToken: result.challengeToken, code };
    const { verifyTwoFactor } = expectData(await gateway.client.run(SecondStepDocument, { input }));
    expect(decode(verifyTwoFactor.accessToken).claims.amr).toEqual(['fed', 'otp']);
    expect(verifyTwoFactor.user.email).toBe(account.email);
  });

  it('links an identity in a session with a second factor without asking for the factor again', async () => {
    const account = await protectedAccount(gateway);
    const { sub } = person(corp);
    signedInTo(await linkBy(gateway, corp, sub, account.token));
    expect((await identitiesOf(gateway, account.token)).identities).toHaveLength(1);
  });

  describe('unlinking', () => {
    const unlink = async (token: string) => {
      const [identity] = (await identitiesOf(gateway, token)).identities;
      return gateway.client.run(UnlinkIdentityDocument, { id: identity?.id ?? '' }, { token });
    };

    it('removes the identity, which then signs in to an account of its own', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken, user } = await signIn(gateway, account);
      const { sub } = person(corp);
      signedInTo(await linkBy(gateway, corp, sub, accessToken));
      expectData(await unlink(accessToken));
      await gateway.mail.waitForMail(account.email, ({ subject }) => /was removed/.test(subject));
      expect((await identitiesOf(gateway, accessToken)).identities).toEqual([]);
      expect(signedInTo(await signInBy(gateway, corp, sub)).user.id).not.toBe(user.id);
    });

    it('is LAST_SIGN_IN_METHOD without a password or another identity', async () => {
      const { sub, email } = person(corp);
      const { accessToken } = signedInTo(await signInBy(gateway, corp, sub));
      expectCode(await unlink(accessToken), 'LAST_SIGN_IN_METHOD');
      expect((await identitiesOf(gateway, accessToken)).identities).toHaveLength(1);

      signedInTo(await linkBy(gateway, linking, person(linking).sub, accessToken));
      expectData(await unlink(accessToken));
      expectCode(await unlink(accessToken), 'LAST_SIGN_IN_METHOD');

      // A mailed link sets the first password.
      expectData(await gateway.client.run(RequestPasswordResetDocument, { email }));
      const token = tokenIn(await gateway.mail.waitForMail(email, hasToken));
      const passwords = { newPassword: STRONG_PASSWORD, confirmPassword: STRONG_PASSWORD };
      expectData(await gateway.client.run(ResetPasswordDocument, { input: { token, ...passwords } }));
      const username = email;
      const again = expectData(await login(gateway, { username, password: STRONG_PASSWORD })).login;
      if (again.__typename !== 'AuthPayload') throw new Error('The sign-in failed');
      expectData(await unlink(again.accessToken));
      expect(await identitiesOf(gateway, again.accessToken)).toEqual({ hasPassword: true, identities: [] });
    });
  });
});

describeOnPostgres('the audit log of identity providers', ({ start }) => {
  let gateway: Gateway;
  let corp: OpenIdProvider;

  beforeAll(async () => {
    const port = nextPort();
    corp = await startOpenIdProvider('corp', { gatewayUrl: `http://127.0.0.1:${port}` });
    gateway = await start({ port, env: settingsOf(corp) });
  });

  const eventsOf = async (subjectId: string) => {
    const { admin } = await castOf(gateway);
    const log = await gateway.client.run(AuditLogDocument, { filter: { subjectId } }, { token: admin.token });
    return expectData(log).auditEvents.nodes.map(({ type, actor, details }) => ({
      type,
      by: actor?.id,
      details,
    }));
  };

  it('tells how an account began, and which identities were linked and unlinked', async () => {
    const { sub } = person(corp);
    const { user, accessToken } = signedInTo(await signInBy(gateway, corp, sub));
    const details = '{"provider":"corp"}';
    const by = user.id;
    expect((await eventsOf(user.id)).reverse()).toEqual([
      { type: 'USER_REGISTERED', by, details },
      { type: 'IDENTITY_LINKED', by, details },
      { type: 'LOGIN_SUCCEEDED', by, details: null },
    ]);
    signedInTo(await linkBy(gateway, corp, person(corp).sub, accessToken));
    const [first] = (await identitiesOf(gateway, accessToken)).identities;
    const unlinked = await gateway.client.run(
      UnlinkIdentityDocument,
      { id: first?.id ?? '' },
      { token: accessToken },
    );
    expectData(unlinked);
    expect((await eventsOf(user.id)).slice(0, 2)).toEqual([
      { type: 'IDENTITY_UNLINKED', by, details },
      { type: 'IDENTITY_LINKED', by, details },
    ]);
  });

  it('goes on over two nodes: begun on one, come back to the other', async () => {
    const node = await start({ peer: gateway });
    const { sub } = person(corp);
    const page = await begin(gateway, 'corp');
    const url = await atProvider(gateway, page, sub);
    const { code = '' } = landingOf(await openCallback(url.replace(gateway.url, node.url)));
    signedInTo(await redeem(gateway, code, page.codeVerifier));
    const { accessToken } = await signIn(gateway, await registerAndVerify(gateway));
    await beginLink(node, accessToken, 'corp');
  });
});

describeOnPostgres('a front end of its own', ({ start }) => {
  it('receives the browser, also below a path', async () => {
    const port = nextPort();
    const corp = await startOpenIdProvider('corp', { gatewayUrl: `http://127.0.0.1:${port}` });
    const env = { ...settingsOf(corp), FRONTEND_URL: 'https://app.example.com/shop/' };
    const gateway = await start({ port, env });
    const { sub } = person(corp);
    const { headers } = await openCallback(await atProvider(gateway, await begin(gateway, 'corp'), sub));
    expect(headers.location).toMatch(/^https:\/\/app\.example\.com\/shop\/signed-in\?code=ghpc_[\w-]{43}$/);
  });
});
