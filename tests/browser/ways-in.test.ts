import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RevokeOtherSessionsDocument } from '../generated/graphql.js';
import { type Account, registerAndVerify, signIn } from '../support/accounts.js';
import { NOBODY } from '../support/administration.js';
import { describeInBrowser, launchBrowser } from '../support/browser.js';
import { expectData } from '../support/client.js';
import { refusal as refused } from '../support/fault-proxy.js';
import { createClient, type FrontEnd, openTab, run, startFrontEnd, stateOf } from '../support/front-end.js';
import { type OpenIdProvider, settingsOf, startOpenIdProvider } from '../support/openid-provider.js';
import { remove } from '../support/passkeys.js';
import { decode } from '../support/tokens.js';
import { Authenticator, enable, protectedAccount, setUp } from '../support/totp.js';
import { VirtualAuthenticator } from '../support/virtual-authenticator.js';
import { freePort, sleep, until } from '../support/wait.js';

/** How long an authentication counts as recent. */
const STEP_UP_SECONDS = 4;
const HOUR_MS = 3_600_000;

const claimsOf = (token: string) => decode(token).claims as { sid: string; amr: string[]; auth_time: number };
const tokenOf = (page: Page) => run<string>(page, 'client.accessToken()');
const signInBy = (page: Page, { username, password }: Pick<Account, 'username' | 'password'>) =>
  run(page, `client.signIn(${JSON.stringify({ identifier: username, password })})`);
/** Evaluates an expression that must fail; returns the code of an AuthError or the name of another error. */
const failureOf = (page: Page, expression: string) =>
  run<string>(
    page,
    `(${expression}).then(() => 'no failure', (error) => error instanceof AuthError ? error.code : error.name)`,
  );
/** What the page stores, apart from cookies that it cannot read. */
const storedBy = (page: Page) =>
  run(page, 'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])');

describeInBrowser('a client', () => {
  let frontEnd: FrontEnd;
  let provider: OpenIdProvider;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let account: Account;

  /** An operation that needs a recent authentication. It answers NOT_FOUND if it is allowed. */
  const guarded = async (tab = page) => {
    const query = `mutation { unlinkIdentity(id: "${NOBODY}") { success } }`;
    const sent = `client.fetch('${frontEnd.proxy.url}', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: ${JSON.stringify(query)} }),
    }).then((response) => response.json())`;
    const { errors } = await run<{ errors: { extensions: { code: string } }[] }>(tab, sent);
    return errors.map(({ extensions }) => extensions.code);
  };
  const olden = async () => {
    await sleep(STEP_UP_SECONDS * 1000 + 100);
    expect(await guarded()).toEqual(['REAUTHENTICATION_REQUIRED']);
  };

  beforeAll(async () => {
    const port = await freePort();
    provider = await startOpenIdProvider('acme', { gatewayUrl: `http://127.0.0.1:${port}` });
    const env = (origin: string) => ({
      FRONTEND_URL: origin,
      STEP_UP_SECONDS: String(STEP_UP_SECONDS),
      ...settingsOf(provider),
    });
    [frontEnd, browser] = await Promise.all([startFrontEnd(env, 'pglite', port), launchBrowser()]);
  });
  beforeEach(async () => {
    account = await registerAndVerify(frontEnd.gateway);
    context = await browser.newContext();
    page = await openTab(context, frontEnd);
  });
  afterEach(() => context.close());

  describe('that signs in by a passkey', () => {
    let authenticator: VirtualAuthenticator;
    let passkey: string;

    beforeEach(async () => {
      authenticator = await VirtualAuthenticator.attach(page);
      const { accessToken } = await signIn(frontEnd.gateway, account);
      passkey = await authenticator.register(frontEnd.gateway, accessToken);
    });

    it('signs in without a name and a password, in all tabs', async () => {
      const other = await openTab(context, frontEnd);
      await run(other, 'client.start()');
      const before = frontEnd.proxy.count('refreshToken');
      const state = await run(page, 'client.signInWithPasskey()');
      expect(state).toMatchObject({ status: 'signedIn', user: { username: account.username } });
      expect(claimsOf(await tokenOf(page)).amr).toEqual(['pop', 'mfa']);
      await until('the other tab to hear of it', async () => (await stateOf(other)).status === 'signedIn');
      expect(await tokenOf(other)).toBe(await tokenOf(page));
      expect(frontEnd.proxy.count('refreshToken')).toBe(before);
      expect(await storedBy(page)).toBe('[{},{},""]');
    });

    it.each([
      [true, 'stays'],
      [false, 'ends with the browser'],
    ])('with rememberMe %s has a cookie that %s', async (rememberMe) => {
      await run(page, `client.signInWithPasskey({ rememberMe: ${rememberMe} })`);
      const cookies = await context.cookies(frontEnd.proxy.url);
      const { expires = 0 } = cookies.find(({ name }) => name === 'refresh') ?? {};
      expect(expires > Date.now() / 1000 + 20 * 86_400).toBe(rememberMe);
    });

    it('does not sign in if the user is not verified', async () => {
      await run(page, 'client.start()');
      await authenticator.setVerified(false);
      expect(await failureOf(page, 'client.signInWithPasskey()')).toBe('NotAllowedError');
      expect(await stateOf(page)).toEqual({ status: 'signedOut' });
    });

    it('does not sign in by a passkey that was removed', async () => {
      const { accessToken } = await signIn(frontEnd.gateway, account);
      expectData(await remove(frontEnd.gateway, accessToken, passkey));
      expect(await failureOf(page, 'client.signInWithPasskey()')).toBe('INVALID_CREDENTIALS');
      expect(await stateOf(page)).toEqual({ status: 'unknown' });
    });

    it('does not keep other tabs waiting while the browser asks the user', async () => {
      await run(
        page,
        `void (navigator.credentials.get = (options) => new Promise((resolve, reject) => {
          window.answer = () => CredentialsContainer.prototype.get.call(navigator.credentials, options)
            .then(resolve, reject);
        }))`,
      );
      const asked = run(page, 'client.signInWithPasskey()');
      await until('the browser to ask', () => run<boolean>(page, 'window.answer !== undefined'));
      const other = await openTab(context, frontEnd);
      const startedAt = performance.now();
      await signInBy(other, account);
      expect(performance.now() - startedAt).toBeLessThan(5000);
      await run(page, 'answer()');
      expect(await asked).toMatchObject({ status: 'signedIn' });
    });

    it('stands in for the code of the second factor', async () => {
      const { gateway } = frontEnd;
      const { accessToken } = await signIn(gateway, account);
      const setup = expectData(await setUp(gateway, accessToken, account.password)).setupTwoFactor;
      const totp = new Authenticator(setup.secretKey, gateway);
      expectData(await enable(gateway, accessToken, await totp.freshCode()));
      expect(await signInBy(page, account)).toMatchObject({
        status: 'secondFactor',
        methods: ['TOTP', 'RECOVERY_CODE', 'PASSKEY'],
      });
      await authenticator.setVerified(false);
      expect(await failureOf(page, 'client.verifyTwoFactor({ passkey: true })')).toBe('NotAllowedError');
      expect(await stateOf(page)).toMatchObject({ status: 'secondFactor' });
      await authenticator.setVerified(true);
      expect(await run(page, 'client.verifyTwoFactor({ passkey: true })')).toMatchObject({
        status: 'signedIn',
      });
      expect(claimsOf(await tokenOf(page)).amr).toEqual(['pop', 'mfa']);
      expect(await failureOf(page, 'client.verifyTwoFactor({ passkey: true })')).toBe('TOKEN_INVALID');
      expect(await stateOf(page)).toMatchObject({ status: 'signedIn' });
    });
  });

  describe('that reauthenticates', () => {
    const reauthenticate = (proof: object, tab = page) =>
      run(tab, `client.reauthenticate(${JSON.stringify(proof)})`);
    const refusal = (proof: object, tab = page) =>
      failureOf(tab, `client.reauthenticate(${JSON.stringify(proof)})`);

    it('by the password, has a new token in every tab, and the state stays the same', async () => {
      await signInBy(page, account);
      const tabs = [page, await openTab(context, frontEnd), await openTab(context, frontEnd)];
      await Promise.all(tabs.map((tab) => run(tab, 'client.start()')));
      await olden();
      await Promise.all(tabs.map((tab) => run(tab, 'void (window.seen = client.state, states.length = 0)')));
      const old = await tokenOf(page);
      const before = frontEnd.proxy.operations.length;
      await reauthenticate({ password: account.password });
      expect(await guarded()).toEqual(['NOT_FOUND']);
      const token = await tokenOf(page);
      expect(claimsOf(token)).toMatchObject({ sid: claimsOf(old).sid, amr: ['pwd'] });
      expect(claimsOf(token).auth_time).toBeGreaterThan(claimsOf(old).auth_time);
      for (const tab of tabs) {
        await until('the tab to have the token', async () => (await tokenOf(tab)) === token);
        expect(await run(tab, '[states.length, seen === client.state]')).toEqual([0, true]);
      }
      expect(frontEnd.proxy.operations.slice(before)).toEqual(['reauthenticate', 'unlinkIdentity']);
      expect(await storedBy(page)).toBe('[{},{},""]');
    });

    it('fails by a wrong password, and stays signed in', async () => {
      await signInBy(page, account);
      const old = await tokenOf(page);
      expect(await refusal({ password: 'a quite Wrong phrase 12' })).toBe('INVALID_CREDENTIALS');
      expect(await tokenOf(page)).toBe(old);
      expect(await stateOf(page)).toMatchObject({ status: 'signedIn' });
    });

    it('by a code where the password is not enough', async () => {
      const person = await protectedAccount(frontEnd.gateway);
      await signInBy(page, person);
      await run(page, `client.verifyTwoFactor('${await person.authenticator.freshCode()}')`);
      await olden();
      const methods = await run(
        page,
        `client.reauthenticate({ password: ${JSON.stringify(person.password)} })
          .catch(({ code, methods }) => ({ code, methods }))`,
      );
      expect(methods).toEqual({ code: 'REAUTHENTICATION_REQUIRED', methods: ['TOTP'] });
      expect(await refusal({ code: '000000' })).toBe('INVALID_TWO_FACTOR_CODE');
      expect(await guarded()).toEqual(['REAUTHENTICATION_REQUIRED']);
      await reauthenticate({ code: await person.authenticator.freshCode() });
      expect(await guarded()).toEqual(['NOT_FOUND']);
      expect(claimsOf(await tokenOf(page)).amr).toContain('otp');
    });

    it('by a passkey', async () => {
      const authenticator = await VirtualAuthenticator.attach(page);
      await signInBy(page, account);
      expect(await refusal({ passkey: true })).toBe('NOT_FOUND');
      await authenticator.register(frontEnd.gateway, await tokenOf(page));
      await olden();
      await authenticator.setVerified(false);
      expect(await refusal({ passkey: true })).toBe('NotAllowedError');
      await authenticator.setVerified(true);
      await reauthenticate({ passkey: true });
      expect(await guarded()).toEqual(['NOT_FOUND']);
      expect(claimsOf(await tokenOf(page)).amr).toEqual(['pop', 'mfa']);
    });

    it('with an expired token, which it renews first', async () => {
      await signInBy(page, account);
      await frontEnd.gateway.clock.reach(frontEnd.gateway.clock.now() + HOUR_MS);
      const before = frontEnd.proxy.count('refreshToken');
      await reauthenticate({ password: account.password });
      expect(frontEnd.proxy.count('refreshToken')).toBe(before + 1);
      expect(await guarded()).toEqual(['NOT_FOUND']);
    });

    it('before it knows who is signed in', async () => {
      await signInBy(page, account);
      const other = await openTab(context, frontEnd);
      await reauthenticate({ password: account.password }, other);
      expect(await stateOf(other)).toMatchObject({ status: 'signedIn' });
      await until('both tabs to agree', async () => (await tokenOf(other)) === (await tokenOf(page)));
    });

    it('keeps the new token when the refresh of another tab answers late', async () => {
      await signInBy(page, account);
      const other = await openTab(context, frontEnd);
      await run(other, 'client.start()');
      let release = () => {};
      const late = new Promise<void>((resolve) => {
        release = resolve;
      });
      frontEnd.proxy.fail('refreshToken', { kind: 'late', until: late });
      const before = frontEnd.proxy.count('refreshToken');
      await run(other, `void (aheadMs += ${HOUR_MS}, window.refreshed = client.accessToken())`);
      await until('the refresh to begin', async () => frontEnd.proxy.count('refreshToken') > before);
      const counted = frontEnd.proxy.count('reauthenticate');
      const done = reauthenticate({ password: account.password });
      await until('the gateway to be asked', async () => frontEnd.proxy.count('reauthenticate') > counted);
      // The answer is here, and waits for the turn.
      await sleep(1000);
      release();
      await done;
      const older = claimsOf(await run<string>(other, 'refreshed'));
      const [mine, theirs] = [await tokenOf(page), await tokenOf(other)];
      expect(theirs).toBe(mine);
      expect(claimsOf(mine).auth_time).toBeGreaterThanOrEqual(older.auth_time);
      expect(mine).not.toBe(await run(other, 'refreshed'));
    });

    it('signs out if the session was revoked', async () => {
      await signInBy(page, account);
      const { accessToken } = await signIn(frontEnd.gateway, account);
      expectData(await frontEnd.gateway.client.run(RevokeOtherSessionsDocument, {}, { token: accessToken }));
      expect(await refusal({ password: account.password })).toBe('UNAUTHENTICATED');
      expect(await stateOf(page)).toEqual({ status: 'signedOut', reason: 'revoked' });
    });

    it('says why the token could not be renewed', async () => {
      await signInBy(page, account);
      await run(page, `void (aheadMs += ${HOUR_MS})`);
      frontEnd.proxy.fail('refreshToken', refused({ code: 'RATE_LIMITED', retryAfter: 60 }));
      expect(await refusal({ password: account.password })).toBe('RATE_LIMITED');
      expect(await failureOf(page, `client.linkProvider('acme')`)).toBe('RATE_LIMITED');
      expect(await stateOf(page)).toMatchObject({ status: 'signedIn' });
    });

    it('is refused if nobody is signed in', async () => {
      expect(await refusal({ password: account.password })).toBe('UNAUTHENTICATED');
      expect(await stateOf(page)).toEqual({ status: 'signedOut' });
    });
  });

  describe('that signs in by a provider', () => {
    const RETURN_TO = '/account?tab=security';
    let sub: string;

    /** The browser is this person at the provider. */
    const be = async (name: string | undefined, claims: Record<string, unknown> = {}) => {
      sub = `${name}-${account.username}`;
      if (name !== undefined) {
        const email = `${sub}@example.com`;
        provider.people.set(sub, { email, email_verified: true, name, ...claims });
      }
      await context.setExtraHTTPHeaders({ 'x-person': sub });
    };
    const isBack = ({ origin, pathname, search }: URL) =>
      origin === frontEnd.origin && pathname === '/signed-in' && /[?&](code|error)=/.test(search);
    /** Leaves for the provider; resolves when the browser is back on a page with a new client. */
    const leave = async (call: string, tab = page) => {
      const back = tab.waitForURL(isBack);
      await run(tab, `void ${call}`);
      await back;
      await createClient(tab, frontEnd);
    };
    const byProvider = `client.signInWithProvider('acme', '${RETURN_TO}')`;
    const finish = (tab = page) => run(tab, 'client.finishProviderSignIn()');
    const identities = async () => {
      const query = '{ me { identities { email provider { id } } } }';
      const { me } = expectData(
        await frontEnd.gateway.client.runRaw(query, {}, { token: await tokenOf(page) }),
      ) as { me: { identities: object[] } };
      return me.identities;
    };

    it('goes there and comes back to where it wanted to go', async () => {
      await be('ada');
      const history = await run<number>(page, 'history.length');
      await leave(byProvider);
      expect(page.url()).toMatch(/\?code=[^&]+&return_to=/);
      const stored = await storedBy(page);
      expect(stored).toMatch(/^\[{},{"gatehouse verifier":"[0-9a-f-]{72}"},""\]$/);
      expect(await finish()).toMatchObject({ status: 'signedIn' });
      expect(page.url()).toBe(
        `${frontEnd.origin}/signed-in?${new URLSearchParams({ return_to: RETURN_TO })}`,
      );
      expect(await run(page, `new URLSearchParams(location.search).get('return_to')`)).toBe(RETURN_TO);
      expect(await storedBy(page)).toBe('[{},{},""]');
      expect(await run<number>(page, 'history.length')).toBe(history + 1);
      expect(await identities()).toEqual([{ email: `${sub}@example.com`, provider: { id: 'acme' } }]);
      // The cookie is there: a reload finds the user.
      const other = await openTab(context, frontEnd);
      expect(await run(other, 'client.start()')).toMatchObject({ status: 'signedIn' });
    });

    it('keeps the verifier in the tab, and sends the gateway only its hash', async () => {
      await be('ada');
      const sent: string[] = [];
      context.on('request', (request) => void sent.push(`${request.url()}\n${request.postData() ?? ''}`));
      await leave(byProvider);
      const verifier = await run<string>(page, `sessionStorage.getItem('gatehouse verifier')`);
      expect(sent.join('\n')).toContain('codeChallenge');
      expect(sent.join('\n')).not.toContain(verifier);
      const other = await openTab(context, frontEnd);
      expect(await storedBy(other)).toBe('[{},{},""]');
      await finish();
      expect(sent.filter((text) => text.includes(verifier))).toHaveLength(1);
    });

    it('asks for the second factor of a user who has one', async () => {
      const person = await protectedAccount(frontEnd.gateway);
      await be('ada');
      await signInBy(page, person);
      await run(page, `client.verifyTwoFactor('${await person.authenticator.freshCode()}')`);
      await leave(`client.linkProvider('acme')`);
      await finish();
      await run(page, 'client.signOut()');
      await leave(byProvider);
      expect(await finish()).toMatchObject({ status: 'secondFactor', methods: ['TOTP', 'RECOVERY_CODE'] });
      const code = await person.authenticator.freshCode();
      expect(await run(page, `client.verifyTwoFactor('${code}')`)).toMatchObject({
        status: 'signedIn',
        user: { username: person.username },
      });
    });

    it('links the account at the provider to the signed-in user', async () => {
      await be('ada');
      await signInBy(page, account);
      const { sid } = claimsOf(await tokenOf(page));
      await leave(`client.linkProvider('acme', '${RETURN_TO}')`);
      expect(await finish()).toMatchObject({ status: 'signedIn', user: { username: account.username } });
      expect(claimsOf(await tokenOf(page)).sid).toBe(sid);
      expect(await identities()).toHaveLength(1);
    });

    it('links nothing without a recent authentication', async () => {
      await signInBy(page, account);
      await olden();
      const failure = await run(
        page,
        `client.linkProvider('acme').catch(({ code, methods }) => ({ code, methods }))`,
      );
      expect(failure).toEqual({ code: 'REAUTHENTICATION_REQUIRED', methods: ['PASSWORD'] });
      expect(page.url()).toBe(`${frontEnd.origin}/`);
    });

    it('cannot finish in another tab or another browser, and does not ask the gateway', async () => {
      await be('mallory');
      await leave(byProvider);
      const path = page.url().slice(frontEnd.origin.length);
      const before = frontEnd.proxy.count('finishProviderSignIn');
      const elsewhere = await browser.newContext();
      for (const where of [context, elsewhere]) {
        const other = await openTab(where, frontEnd, {}, path);
        expect(await failureOf(other, 'client.finishProviderSignIn()')).toBe('TOKEN_INVALID');
        expect(await stateOf(other)).toEqual({ status: 'unknown' });
        expect(other.url()).not.toContain('code');
      }
      expect(frontEnd.proxy.count('finishProviderSignIn')).toBe(before);
      await elsewhere.close();
    });

    it("cannot be signed in to an attacker's account in the middle of its own sign-in", async () => {
      await be('mallory');
      await leave(byProvider);
      const attack = page.url();
      const victim = await browser.newContext();
      const other = await openTab(victim, frontEnd);
      // The provider does not know the victim and sends the browser back, so the verifier waits for a code.
      const back = other.waitForURL(isBack);
      await run(other, `void client.signInWithProvider('acme')`);
      await back;
      expect(await storedBy(other)).toContain('gatehouse verifier');
      await other.goto(attack);
      await createClient(other, frontEnd);
      const before = frontEnd.proxy.count('finishProviderSignIn');
      expect(await failureOf(other, 'client.finishProviderSignIn()')).toBe('TOKEN_INVALID');
      expect(frontEnd.proxy.count('finishProviderSignIn')).toBe(before + 1);
      expect(await stateOf(other)).toEqual({ status: 'unknown' });
      await victim.close();
    });

    it('uses a code once', async () => {
      await be('ada');
      await leave(byProvider);
      const [url, verifier] = [page.url(), await run<string>(page, `sessionStorage['gatehouse verifier']`)];
      await finish();
      const again = `(sessionStorage['gatehouse verifier'] = '${verifier}', client.finishProviderSignIn('${url}'))`;
      expect(await failureOf(page, again)).toBe('TOKEN_INVALID');
      expect(await failureOf(page, 'client.finishProviderSignIn()')).toBe('TOKEN_INVALID');
      expect(await stateOf(page)).toMatchObject({ status: 'signedIn' });
    });

    it('takes the address that a router gives it', async () => {
      await be('ada');
      await leave(byProvider);
      const path = page.url().slice(frontEnd.origin.length);
      expect(await run(page, `client.finishProviderSignIn('${path}')`)).toMatchObject({ status: 'signedIn' });
      expect(page.url()).not.toContain('code');
    });

    it('says that the address has an account', async () => {
      await be('ada', { email: account.email });
      await leave(byProvider);
      expect(await failureOf(page, 'client.finishProviderSignIn()')).toBe('ACCOUNT_EXISTS');
      expect(page.url()).not.toMatch(/code|error/);
      expect(await stateOf(page)).toEqual({ status: 'unknown' });
    });

    it('says that the user has cancelled at the provider', async () => {
      await be(undefined);
      await leave(byProvider);
      expect(page.url()).toContain('?error=');
      const code = new URL(page.url()).searchParams.get('error');
      expect(await failureOf(page, 'client.finishProviderSignIn()')).toBe(code);
      expect(page.url()).not.toContain('error');
      expect(await storedBy(page)).toBe('[{},{},""]');
    });

    it.each([
      ['error=SERVICE_UNAVAILABLE', 'SERVICE_UNAVAILABLE'],
      ['error=A_CODE_OF_A_NEWER_GATEWAY', 'A_CODE_OF_A_NEWER_GATEWAY'],
      ['error=Call+0900+123', 'TOKEN_INVALID'],
      [`error=${encodeURIComponent('<img src=x onerror=alert(1)>')}`, 'TOKEN_INVALID'],
      ['error=', 'TOKEN_INVALID'],
      ['code=', 'TOKEN_INVALID'],
      ['code=abc', 'TOKEN_INVALID'],
      ['', 'TOKEN_INVALID'],
    ])('reads the address ?%s as %s, and leaves the session alone', async (query, code) => {
      await signInBy(page, account);
      const tab = await openTab(context, frontEnd, {}, `/signed-in?${query}#top`);
      await run(tab, 'client.start()');
      const failure = await run<{ code: string; message: string }>(
        tab,
        'client.finishProviderSignIn().catch(({ code, message }) => ({ code, message }))',
      );
      expect(failure).toEqual({ code, message: 'The sign-in failed. Try again.' });
      expect(tab.url()).toBe(`${frontEnd.origin}/signed-in#top`);
      expect(await stateOf(tab)).toMatchObject({ status: 'signedIn' });
    });

    it('stays on the page if the gateway does not know the provider or is unavailable', async () => {
      expect(await failureOf(page, `client.signInWithProvider('nobody')`)).toBe('NOT_FOUND');
      frontEnd.proxy.fail('startProviderSignIn', { kind: 'answer', status: 503, body: '' });
      expect(await failureOf(page, `client.signInWithProvider('acme')`)).toBe('SERVICE_UNAVAILABLE');
      expect(page.url()).toBe(`${frontEnd.origin}/`);
    });
  });
});
