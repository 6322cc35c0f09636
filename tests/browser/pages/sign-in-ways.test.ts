import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Account, registerAndVerify, signIn } from '../../support/accounts.js';
import { describeInBrowser, launchBrowser } from '../../support/browser.js';
import type { Gateway } from '../../support/gateway.js';
import { startGateway } from '../../support/in-process.js';
import { type OpenIdProvider, settingsOf, startOpenIdProvider } from '../../support/openid-provider.js';
import { GRAPHQL, refusing, slow } from '../../support/page-faults.js';
import { inspect, originOf, VIEWS, visit } from '../../support/pages.js';
import { challenge, type Protected, protectedAccount, wrong } from '../../support/totp.js';
import { VirtualAuthenticator } from '../../support/virtual-authenticator.js';
import { freePort } from '../../support/wait.js';

const code = (page: Page) => page.getByLabel('Code');
const next = (page: Page) => page.getByRole('button', { name: 'Continue', exact: true });

async function typePassword(page: Page, { username, password }: Account): Promise<void> {
  await page.getByLabel('Username or email address').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Password', { exact: true }).press('Enter');
}

describeInBrowser('the sign-in page', () => {
  let gateway: Gateway;
  let provider: OpenIdProvider;
  let browser: Browser;

  const open = async (options = {}, path = '/sign-in?return_to=/account?tab=1') => {
    const visitor = await visit(browser, gateway, options, [provider.issuer, gateway.url]);
    await visitor.page.goto(path);
    await visitor.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    const arrived = () => visitor.page.waitForURL(`${originOf(gateway)}/account?tab=1`);
    return { ...visitor, arrived };
  };

  beforeAll(async () => {
    const port = await freePort();
    provider = await startOpenIdProvider('acme', {
      gatewayUrl: `http://127.0.0.1:${port}`,
      env: { NAME: 'Acme & Söhne' },
    });
    const env = { FRONTEND_URL: `http://localhost:${port}`, ...settingsOf(provider) };
    [gateway, browser] = await Promise.all([startGateway({ listen: true, port, env }), launchBrowser()]);
  });

  describe('with a second factor', () => {
    let person: Protected;

    beforeAll(async () => {
      person = await protectedAccount(gateway);
    });

    it.each(VIEWS)('is accessible in $name', async ({ name, options }) => {
      const { page, faults, context } = await open(options);
      await typePassword(page, person);
      await code(page).waitFor();
      await inspect(page, `second-factor ${name}`);
      expect(faults).toEqual([]);
      await context.close();
    });

    it('takes the code of an authenticator app, which the keyboard types at once', async () => {
      const { page, faults, context, arrived } = await open();
      await typePassword(page, person);
      await code(page).waitFor();
      expect(await code(page).getAttribute('autocomplete')).toBe('one-time-code');
      await page.keyboard.type(await person.authenticator.freshCode());
      await page.keyboard.press('Enter');
      await arrived();
      expect(faults).toEqual([]);
      await context.close();
    });

    it('says that a code is wrong, and takes a recovery code in the same field', async () => {
      const { page, faults, context, arrived } = await open();
      await typePassword(page, person);
      await code(page).fill(wrong(await person.authenticator.freshCode()));
      await next(page).click();
      await page.getByRole('alert').getByText('is wrong').waitFor();
      // What the user types next replaces the wrong code.
      await page.keyboard.type(person.recoveryCodes[0] ?? '');
      await page.keyboard.press('Enter');
      await arrived();
      expect(faults).toEqual([]);
      await context.close();
    });

    it('asks for the password again if the sign-in took too long', async () => {
      const { page, faults, context } = await open();
      await typePassword(page, person);
      await code(page).waitFor();
      // Another sign-in makes this one void, as five minutes do.
      await challenge(gateway, person);
      await code(page).fill('000000');
      await next(page).click();
      await page.getByText('The sign-in took too long. Sign in again.').waitFor();
      await page.getByLabel('Password', { exact: true }).waitFor();
      expect(faults).toEqual([]);
      await context.close();
    });

    it('starts again if the user wants it', async () => {
      const { page, faults, context } = await open();
      await typePassword(page, person);
      await page.getByRole('link', { name: 'Start again' }).click();
      await page.getByLabel('Password', { exact: true }).waitFor();
      expect(new URL(page.url()).searchParams.get('return_to')).toBe('/account?tab=1');
      expect(faults).toEqual([]);
      await context.close();
    });

    it('says how long the second factor is closed', async () => {
      const { page, faults, context } = await open();
      await typePassword(page, person);
      await page.route(GRAPHQL, refusing('verifyTwoFactor', 'ACCOUNT_LOCKED', { retryAfter: 840 }));
      await code(page).fill('123456');
      await next(page).click();
      await page.getByRole('alert').getByText('Try again in 14 minutes.').waitFor();
      expect(await code(page).inputValue()).toBe('123456');
      expect(faults).toEqual([]);
      await context.close();
    });
  });

  describe('with a passkey', () => {
    it('signs in by it alone, as second factor, and says that none was used', async () => {
      const person = await protectedAccount(gateway);
      const { page, faults, context, arrived } = await open();
      const authenticator = await VirtualAuthenticator.attach(page);
      await authenticator.setVerified(false);
      const button = page.getByRole('button', { name: 'Sign in with a passkey' });
      await button.click();
      await page.getByRole('alert').getByText('No passkey was used').waitFor();
      await authenticator.setVerified(true);
      await authenticator.register(gateway, person.token);
      await button.click();
      await arrived();
      // The page has refreshed its tokens when it shows the account: no answer sets the cookie again.
      await page.getByRole('heading', { name: 'Your account' }).waitFor();
      await context.clearCookies();
      await page.goto('/sign-in?return_to=/account?tab=1');
      await typePassword(page, person);
      await code(page).waitFor();
      await page.getByRole('button', { name: 'Use a passkey' }).click();
      await arrived();
      expect(faults).toEqual([]);
      await context.close();
    });

    it('says so if the account of a passkey is gone', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken } = await signIn(gateway, account);
      const { page, faults, context } = await open();
      const authenticator = await VirtualAuthenticator.attach(page);
      await authenticator.register(gateway, accessToken);
      await page.route(GRAPHQL, refusing('finishPasskeySignIn', 'TOKEN_INVALID'));
      await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
      await page.getByRole('alert').getByText('That took too long. Try again.').waitFor();
      expect(faults).toEqual([]);
      await context.close();
    });

    it('offers none in a browser without WebAuthn', async () => {
      const { page, faults, context } = await visit(browser, gateway);
      await page.addInitScript('delete globalThis.PublicKeyCredential');
      await page.goto('/sign-in');
      await page.getByRole('button', { name: 'Continue with Acme & Söhne' }).waitFor();
      expect(await page.getByRole('button', { name: 'passkey' }).count()).toBe(0);
      expect(faults).toEqual([]);
      await context.close();
    });
  });

  describe('with an identity provider', () => {
    const button = (page: Page) => page.getByRole('button', { name: 'Continue with Acme & Söhne' });
    /** A browser of this person at the provider. */
    const openAs = async (sub: string, claims?: object) => {
      if (claims) provider.people.set(sub, { email_verified: true, ...claims });
      return open({ extraHTTPHeaders: { 'x-person': sub } });
    };

    it('goes there and comes back to where the user wanted to go', async () => {
      const { page, faults, context, arrived } = await openAs('ada', { email: 'ada@example.com' });
      await button(page).click();
      await arrived();
      expect(faults).toEqual([]);
      await context.close();
    });

    it('works again after the way back from the provider', async () => {
      const account = await registerAndVerify(gateway);
      const { page, faults, context, arrived } = await openAs('ada');
      await page.route(`${provider.issuer}/**`, (route) => route.fulfill({ body: 'The provider' }));
      await button(page).click();
      await page.getByText('The provider').waitFor();
      await page.goBack({ waitUntil: 'commit' });
      await button(page).waitFor();
      await typePassword(page, account);
      await arrived();
      expect(faults).toEqual([]);
      await context.close();
    });

    it('says that the address has an account', async () => {
      const { email } = await registerAndVerify(gateway);
      const { page, faults, context } = await openAs('eve', { email });
      await button(page).click();
      await page
        .getByRole('alert')
        .getByText('There is already an account with this email address')
        .waitFor();
      expect(page.url()).not.toMatch(/code=|error=/);
      await inspect(page, 'signed-in refused');
      await page.getByRole('link', { name: 'Go back' }).click();
      await button(page).waitFor();
      expect(new URL(page.url()).searchParams.get('return_to')).toBe('/account?tab=1');
      expect(faults).toEqual([]);
      await context.close();
    });

    it('says that the user has cancelled', async () => {
      const { page, faults, context } = await openAs('nobody');
      await button(page).click();
      await page.getByRole('alert').getByText('The sign-in was cancelled').waitFor();
      expect(page.url()).not.toContain('error=');
      expect(faults).toEqual([]);
      await context.close();
    });

    it('asks for the second factor of a user who has one', async () => {
      const person = await protectedAccount(gateway);
      const { page, faults, context, arrived } = await openAs('grace', { email: 'grace@example.com' });
      await page.route(GRAPHQL, async (route) => {
        // The provider is not linked to the account: its password stands in for the sign-in there.
        const { query } = route.request().postDataJSON() as { query: string };
        if (!query.includes('finishProviderSignIn')) return route.fallback();
        const { username: identifier, password } = person;
        const answer = await page.request.post('/graphql', {
          data: {
            query: `mutation ($input: LoginInput!) { finishProviderSignIn: login(input: $input) {
              __typename ... on TwoFactorChallenge { challengeToken expiresAt methods options: passkeyOptions } } }`,
            variables: { input: { identifier, password, tokenDelivery: 'COOKIE' } },
          },
        });
        await route.fulfill({ response: answer });
      });
      await button(page).click();
      await code(page).fill(await person.authenticator.freshCode());
      await next(page).click();
      await arrived();
      expect(faults).toEqual([]);
      await context.close();
    });

    it('says that the provider does not answer, and lets the user sign in another way', async () => {
      const account = await registerAndVerify(gateway);
      const { page, faults, context, arrived } = await openAs('ada');
      await page.route(GRAPHQL, refusing('startProviderSignIn', 'SERVICE_UNAVAILABLE', { retryAfter: 5 }));
      await button(page).click();
      await page.getByRole('alert').getByText('Try again in 5 seconds.').waitFor();
      await typePassword(page, account);
      await arrived();
      expect(faults).toEqual([]);
      await context.close();
    });

    it('does not wait for the list of providers', async () => {
      const account = await registerAndVerify(gateway);
      const { page, faults, context } = await visit(browser, gateway);
      await page.route(GRAPHQL, slow('identityProviders', 30_000));
      await page.goto('/sign-in');
      await typePassword(page, account);
      await page.waitForURL('**/account');
      expect(faults).toEqual([]);
      await context.close();
    });

    it.each([
      ['UNAUTHENTICATED', 'The sign-in was cancelled'],
      ['ACCOUNT_EXISTS', 'There is already an account with this email address'],
      ['TOKEN_INVALID', 'The sign-in took too long'],
      ['SERVICE_UNAVAILABLE', 'The provider does not answer.'],
      ['FORBIDDEN', 'You cannot sign in here with your account at the provider'],
      ['EMAIL_NOT_VERIFIED', 'Verify it at the provider'],
      ['ACCOUNT_DISABLED', 'is deactivated'],
      ['INTERNAL_SERVER_ERROR', 'Something went wrong.'],
      ['<img src=x onerror=alert(1)>', 'The sign-in took too long'],
      ['', 'The sign-in took too long'],
    ])('says %s in words', async (error, words) => {
      const { page, faults, context } = await visit(browser, gateway);
      await page.goto(`/signed-in?${new URLSearchParams({ error })}`);
      await page.getByRole('alert').getByText(words).waitFor();
      expect(page.url()).toBe(`${originOf(gateway)}/signed-in`);
      expect(faults).toEqual([]);
      await context.close();
    });
  });
});
