import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  login,
  register,
  registerAndVerify,
  STRONG_PASSWORD,
  signedInBy,
  signIn,
  someone,
  verificationMail,
} from '../../support/accounts.js';
import { describeInBrowser, launchWholeBrowser } from '../../support/browser.js';
import { expectData } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { startGateway } from '../../support/in-process.js';
import { hasToken, linkIn, type Mail } from '../../support/mailbox.js';
import { GRAPHQL, refusing } from '../../support/page-faults.js';
import { goBackToCached, inspect, originOf, VIEWS, visit } from '../../support/pages.js';
import { changeEmail, NEW_PASSWORD, resetToken } from '../../support/recovery.js';

const ADMIN = { username: 'the-first-admin', email: 'first.admin@example.com' };
const SECRET = 'a-token-of-a-mail';
const field = (page: Page, label: string) => page.getByLabel(label, { exact: true });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const heading = (page: Page, name: string) => page.getByRole('heading', { name });
const pathOf = (mail: Mail) => {
  const { pathname, search } = linkIn(mail);
  return pathname + search;
};

describeInBrowser('the pages for the links of mails', () => {
  let gateway: Gateway;
  let browser: Browser;

  const open = async (path: string, options = {}) => {
    const visitor = await visit(browser, gateway, options);
    visitor.page.setDefaultTimeout(15_000);
    await visitor.page.goto(path);
    await visitor.page.locator('h1').waitFor();
    return visitor;
  };

  beforeAll(async () => {
    const env = { BOOTSTRAP_ADMIN_USERNAME: ADMIN.username, BOOTSTRAP_ADMIN_EMAIL: ADMIN.email };
    [gateway, browser] = await Promise.all([startGateway({ listen: true, env }), launchWholeBrowser()]);
  });

  describe.each(VIEWS)('in $name', ({ name, options }) => {
    it.each(['verify-email', 'reset-password', 'accept-invitation'])(
      '/%s is accessible and fits the window, with a link and without',
      async (path) => {
        const { page, faults, context } = await open(`/${path}?token=${SECRET}`, options);
        await inspect(page, `${path} ${name}`);
        await page.reload();
        await heading(page, 'Open the link again').waitFor();
        await inspect(page, `${path} reloaded ${name}`);
        expect(faults).toEqual([]);
        await context.close();
      },
    );

    it('/forgot-password is accessible and fits the window, before and after', async () => {
      const { page, faults, context } = await open('/forgot-password', options);
      await inspect(page, `forgot-password ${name}`);
      await field(page, 'Email address').fill('somebody@example.com');
      await button(page, 'Send the link').click();
      await heading(page, 'Check your email').waitFor();
      await inspect(page, `forgot-password after ${name}`);
      expect(faults).toEqual([]);
      await context.close();
    });
  });

  it.each(['verify-email', 'reset-password', 'accept-invitation'])(
    'keep the token of /%s in memory only, and use nothing up by being looked at',
    async (path) => {
      const visitor = await visit(browser, gateway);
      const { page, faults, context } = visitor;
      const sent: string[] = [];
      page.on('request', (request) => void sent.push(`${request.url()}\n${request.postData() ?? ''}`));
      await page.goto(`/${path}?token=${SECRET}&lang=en`);
      await page.locator('h1').waitFor();
      expect(page.url()).toBe(`${originOf(gateway)}/${path}?lang=en`);
      // Only the navigation itself has it.
      expect(sent.filter((text) => text.includes(SECRET))).toHaveLength(1);
      expect(sent.join('\n')).not.toContain('mutation');
      const stored = await page.evaluate(
        'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
      );
      expect(stored).toBe('[{},{},""]');
      await page.goto('/sign-in');
      await goBackToCached(page);
      expect(page.url()).not.toContain(SECRET);
      expect(faults).toEqual([]);
      await context.close();
    },
  );

  describe('/verify-email', () => {
    it('verifies once, and offers a new link after that', async () => {
      const account = someone();
      expectData(await register(gateway, account));
      const path = pathOf(await verificationMail(gateway, account.email));
      const { page, faults, context } = await open(path);
      await button(page, 'Verify my address').click();
      await heading(page, 'Your address is verified').waitFor();
      await page.getByText(account.email).waitFor();
      await inspect(page, 'verify-email done');
      signedInBy(await login(gateway, account));
      await page.goto(path);
      await button(page, 'Verify my address').click();
      await heading(page, 'This link no longer works').waitFor();
      await inspect(page, 'verify-email dead');
      await field(page, 'Email address').fill(account.email);
      await button(page, 'Send a new link').click();
      await page.getByText('you get an email in a few minutes').waitFor();
      expect(faults).toEqual([]);
      await context.close();
    });

    it('asks for the password if somebody else has registered the address', async () => {
      const [stranger, owner] = [someone(), someone({ password: NEW_PASSWORD })];
      expectData(await register(gateway, { ...stranger, email: owner.email }));
      const strangers = await verificationMail(gateway, owner.email);
      expectData(await register(gateway, owner));
      const mail = await gateway.mail.waitForMail(
        owner.email,
        (one) => hasToken(one) && one.text !== strangers.text,
      );
      const { page, faults, context } = await open(pathOf(mail));
      await button(page, 'Verify my address').click();
      await page.getByText('There is more than one registration with this email address').waitFor();
      expect(await page.evaluate('document.activeElement.name')).toBe('password');
      await inspect(page, 'verify-email password');
      await field(page, 'Password').fill(STRONG_PASSWORD);
      await button(page, 'Verify my address').click();
      await page.getByText('The password is wrong.').waitFor();
      await field(page, 'Password').fill(owner.password);
      await button(page, 'Verify my address').click();
      await heading(page, 'Your address is verified').waitFor();
      signedInBy(await login(gateway, owner));
      expect(faults).toEqual([]);
      await context.close();
    });

    it('finishes a change of address', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken } = await signIn(gateway, account);
      const { email } = someone();
      expectData(await changeEmail(gateway, accessToken, account, email));
      const { page, faults, context } = await open(pathOf(await verificationMail(gateway, email)));
      await button(page, 'Verify my address').click();
      await page.getByText(email).waitFor();
      signedInBy(await login(gateway, { ...account, username: email }));
      expect(faults).toEqual([]);
      await context.close();
    });

    it.each([
      ['ACCOUNT_LOCKED', { retryAfter: 120 }, 'Try again in 2 minutes.'],
      ['RATE_LIMITED', { retryAfter: 30 }, 'Try again in 30 seconds.'],
      ['SERVICE_UNAVAILABLE', { retryAfter: 1 }, 'Try again in 1 second.'],
    ])('says %s in words, and can be tried again', async (code, details, words) => {
      const { page, faults, context } = await open(`/verify-email?token=${SECRET}`);
      await page.route(GRAPHQL, refusing('verifyEmail', code, details));
      await button(page, 'Verify my address').click();
      await page.getByRole('alert').getByText(words).waitFor();
      await page.unroute(GRAPHQL);
      await button(page, 'Verify my address').click();
      await heading(page, 'This link no longer works').waitFor();
      expect(faults).toEqual([]);
      await context.close();
    });
  });

  describe('/forgot-password', () => {
    it('leads by the mail to a new password and a sign-in', async () => {
      const account = await registerAndVerify(gateway);
      const { page, faults, context } = await open('/forgot-password');
      await page.keyboard.type(account.email);
      await page.keyboard.press('Enter');
      await heading(page, 'Check your email').waitFor();
      const mail = await gateway.mail.waitForMail(
        account.email,
        (one) => hasToken(one) && linkIn(one).pathname === '/reset-password',
      );
      await page.goto(pathOf(mail));
      await field(page, 'New password').fill(NEW_PASSWORD);
      await field(page, 'New password, again').fill(NEW_PASSWORD);
      await button(page, 'Set the password').click();
      await heading(page, 'Your password is set').waitFor();
      await inspect(page, 'reset-password done');
      await page.getByRole('link', { name: 'Sign in' }).click();
      await field(page, 'Username or email address').fill(account.email);
      await field(page, 'Password').fill(NEW_PASSWORD);
      await page.keyboard.press('Enter');
      await page.waitForURL('**/account');
      expect(faults).toEqual([]);
      await context.close();
    });

    it('says the same for an address without an account', async () => {
      const { email } = await registerAndVerify(gateway);
      const words: string[] = [];
      for (const address of [email, someone().email]) {
        const { page, faults, context } = await open('/forgot-password');
        await field(page, 'Email address').fill(address);
        await button(page, 'Send the link').click();
        await heading(page, 'Check your email').waitFor();
        words.push((await page.locator('main').textContent())?.replace(address, '') ?? '');
        expect(faults).toEqual([]);
        await context.close();
      }
      expect(words[0]).toBe(words[1]);
    });

    it('says beside the field that the address is malformed, and above it that the limit is reached', async () => {
      const { page, faults, context } = await open('/forgot-password');
      await field(page, 'Email address').fill('somebody@example');
      await button(page, 'Send the link').click();
      await page.getByText('Must be an email address').waitFor();
      expect(await page.evaluate('document.activeElement.name')).toBe('email');
      await page.route(GRAPHQL, refusing('requestPasswordReset', 'RATE_LIMITED', { retryAfter: 3000 }));
      await field(page, 'Email address').fill('somebody@example.com');
      await button(page, 'Send the link').click();
      await page.getByRole('alert').getByText('Try again in 50 minutes.').waitFor();
      expect(await field(page, 'Email address').inputValue()).toBe('somebody@example.com');
      expect(faults).toEqual([]);
      await context.close();
    });
  });

  describe('/reset-password', () => {
    it('refuses a weak password and a different repetition without using the link up', async () => {
      const account = await registerAndVerify(gateway);
      const { page, faults, context } = await open(
        `/reset-password?token=${await resetToken(gateway, account.email)}`,
      );
      const set = async (password: string, again = password) => {
        await field(page, 'New password').fill(password);
        await field(page, 'New password, again').fill(again);
        await button(page, 'Set the password').click();
      };
      await set('abcabcabcabcabc');
      await page.getByText('Is too easy to guess.').nth(1).waitFor();
      await set(NEW_PASSWORD, STRONG_PASSWORD);
      await page.getByText('Differs from the password.').waitFor();
      // The page does not know the username, but the gateway does.
      await set(`${account.username} and more`);
      await page.getByText('Must not contain the username.').waitFor();
      await set(NEW_PASSWORD);
      await heading(page, 'Your password is set').waitFor();
      expect(faults).toEqual([]);
      await context.close();
    });

    it('offers a new link if this one does not work', async () => {
      const { page, faults, context } = await open(`/reset-password?token=${SECRET}`);
      await field(page, 'New password').fill(NEW_PASSWORD);
      await field(page, 'New password, again').fill(NEW_PASSWORD);
      await button(page, 'Set the password').click();
      await heading(page, 'This link no longer works').waitFor();
      await page.getByRole('link', { name: 'Get a new link' }).click();
      await heading(page, 'Forgot your password?').waitFor();
      expect(faults).toEqual([]);
      await context.close();
    });
  });

  describe('/accept-invitation', () => {
    it('sets the first password', async () => {
      const mail = await gateway.mail.waitForMail(ADMIN.email, hasToken);
      const { page, faults, context } = await open(pathOf(mail));
      await heading(page, 'Accept the invitation').waitFor();
      await field(page, 'New password').fill(NEW_PASSWORD);
      await field(page, 'New password, again').fill(NEW_PASSWORD);
      await page.keyboard.press('Enter');
      await heading(page, 'Your password is set').waitFor();
      signedInBy(await login(gateway, { ...ADMIN, password: NEW_PASSWORD }));
      expect(faults).toEqual([]);
      await context.close();
    });
  });
});
