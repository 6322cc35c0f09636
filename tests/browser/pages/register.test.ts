import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerAndVerify, STRONG_PASSWORD, someone, verificationMail } from '../../support/accounts.js';
import { describeInBrowser, launchBrowser } from '../../support/browser.js';
import type { Gateway } from '../../support/gateway.js';
import { startGateway } from '../../support/in-process.js';
import { linkIn, mailsTo } from '../../support/mailbox.js';
import { broken, GRAPHQL, refusing } from '../../support/page-faults.js';
import { inspect, originOf, VIEWS, visit } from '../../support/pages.js';

const field = (page: Page, label: string) => page.getByLabel(label, { exact: true });
const submit = (page: Page) => page.getByRole('button', { name: 'Create account' });
const isDictionary = (url: string) => /\/pages\/assets\/(dist|.*strength)/.test(url);

describeInBrowser('the registration page', () => {
  let gateway: Gateway;
  let browser: Browser;

  const open = async (options = {}) => {
    const visitor = await visit(browser, gateway, options);
    visitor.page.setDefaultTimeout(8000);
    await visitor.page.goto('/register?return_to=/account?tab=1');
    await visitor.page.getByRole('heading', { name: 'Create an account' }).waitFor();
    return visitor;
  };
  const fill = async (page: Page, account = someone()) => {
    await field(page, 'Username').fill(account.username);
    await field(page, 'Email address').fill(account.email);
    await field(page, 'Password').fill(account.password);
    await field(page, 'Password, again').fill(account.password);
    return account;
  };

  beforeAll(async () => {
    [gateway, browser] = await Promise.all([startGateway({ listen: true }), launchBrowser()]);
  });

  describe.each(VIEWS)('in $name', ({ name, options }) => {
    it('is accessible and fits the window, as does the page after it', async () => {
      const { page, faults, context } = await open(options);
      await field(page, 'Password').fill('abcabcabcabcabc');
      await page.getByText('It repeats a group of characters').waitFor();
      await inspect(page, `register ${name}`);
      await fill(page);
      await submit(page).click();
      await page.getByRole('heading', { name: 'Check your email' }).waitFor();
      await inspect(page, `check-mail ${name}`);
      expect(faults).toEqual([]);
      await context.close();
    });
  });

  it('leads by the mail to a sign-in', async () => {
    const { page, faults, context } = await open();
    const account = await fill(page);
    await field(page, 'Display name (optional)').fill('Ada Lovelace');
    await page.keyboard.press('Enter');
    const heading = page.getByRole('heading', { name: 'Check your email' });
    await heading.waitFor();
    expect(await heading.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    await page.getByText(account.email).waitFor();
    const link = linkIn(await verificationMail(gateway, account.email));
    await page.goto(link.pathname + link.search);
    await page.getByRole('button', { name: 'Verify my address' }).click();
    await page.getByRole('heading', { name: 'Your address is verified' }).waitFor();
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByLabel('Username or email address').fill(account.username);
    await field(page, 'Password').fill(account.password);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${originOf(gateway)}/account`);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('sends the mail again, and says the same for a taken address', async () => {
    const { email } = await registerAndVerify(gateway);
    const { page, faults, context } = await open();
    await fill(page, someone({ email }));
    await submit(page).click();
    await page.getByRole('heading', { name: 'Check your email' }).waitFor();
    const again = page.getByRole('button', { name: 'Send it again' });
    await again.click();
    await page.getByRole('status').getByText('you get an email in a few minutes').waitFor();
    await page.route(GRAPHQL, refusing('resendVerificationEmail', 'RATE_LIMITED', { retryAfter: 3000 }));
    await again.click();
    await page.getByRole('alert').getByText('Try again in 50 minutes.').waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  it('says beside the username that it is taken, and keeps what was typed', async () => {
    const { username } = await registerAndVerify(gateway);
    const { page, faults, context } = await open();
    const { email } = await fill(page, someone({ username }));
    await submit(page).click();
    await page.getByText('The username is taken. Choose another one.').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(await page.evaluate('document.activeElement.name')).toBe('username');
    expect(await field(page, 'Email address').inputValue()).toBe(email);
    expect(await field(page, 'Password').inputValue()).toBe(STRONG_PASSWORD);
    // The focus stays where the user types.
    await field(page, 'Email address').press('End');
    await page.keyboard.type('.org');
    expect(await field(page, 'Email address').inputValue()).toBe(`${email}.org`);
    await field(page, 'Username').fill(someone().username);
    await submit(page).click();
    await page.getByRole('heading', { name: 'Check your email' }).waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  it('has the fields that password managers look for', async () => {
    const { page, faults, context } = await open();
    const tokens = await page
      .locator('form input')
      .evaluateAll((inputs) => inputs.map((input) => input.getAttribute('autocomplete')));
    expect(tokens).toEqual(['username', 'email', 'name', 'new-password', 'new-password']);
    expect(await page.locator('form [type=submit]').count()).toBe(1);
    expect(faults).toEqual([]);
    await context.close();
  });

  describe('measures a new password', () => {
    it('by dictionaries that it loads at the first key in the field, not before', async () => {
      const { page, faults, context } = await open();
      const loaded: string[] = [];
      page.on('request', (request) => void (isDictionary(request.url()) && loaded.push(request.url())));
      await field(page, 'Username').pressSequentially('somebody');
      await field(page, 'Password').focus();
      await page.waitForTimeout(1000);
      expect(loaded).toEqual([]);
      await page.keyboard.type('correct horse battery');
      await page
        .getByRole('status')
        .getByText(/^(Good enough|Strong|Very strong)\.$/)
        .waitFor();
      expect(loaded.length).toBeGreaterThan(0);
      expect(faults).toEqual([]);
      await context.close();
    });

    it.each([
      ['short', 'Must have 12 characters or more.'],
      ['aaaaaaaaaaaaaaaa', 'Is too easy to guess. It repeats a single character'],
      ['xx-SOMEBODY-yy-zz', 'Must not contain the username.'],
      ['xx ｗｒｉｔｅ．ｔｏ yy zz', 'Must not contain the email address.'],
      ['x'.repeat(257), 'Must have 256 characters or fewer.'],
    ])('with the words of the gateway: %s', async (password, words) => {
      const { page, faults, context } = await open();
      await fill(page, { username: 'somebody', email: 'write.to@example.com', password });
      await page.getByRole('status').getByText(words).waitFor();
      const sent: string[] = [];
      page.on('request', (request) => void sent.push(request.url()));
      await submit(page).click();
      await page.getByText(words).nth(1).waitFor();
      expect(await page.evaluate('document.activeElement.name')).toBe('password');
      // The gateway would count it: five registrations an hour.
      expect(sent).toEqual([]);
      const input = {
        username: 'somebody',
        email: 'write.to@example.com',
        password,
        confirmPassword: password,
      };
      const answer = await page.request.post('/graphql', {
        data: {
          query: 'mutation ($input: RegisterInput!) { register(input: $input) { email } }',
          variables: { input },
        },
      });
      const { errors } = await answer.json();
      expect(errors[0].extensions.fieldErrors[0].message).toContain(words);
      expect(faults).toEqual([]);
      await context.close();
    });

    it('once the user stops typing, so that screen readers are not interrupted', async () => {
      const { page, faults, context } = await open();
      await page.evaluate(`
        const status = document.querySelector('[role=status]');
        window.said = [];
        new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true, subtree: true, characterData: true });
      `);
      await field(page, 'Password').pressSequentially('several words apart', { delay: 60 });
      await page
        .getByRole('status')
        .getByText(/strong|enough/i)
        .waitFor();
      expect(await page.evaluate<string[]>('said')).toHaveLength(1);
      expect(faults).toEqual([]);
      await context.close();
    });

    it('without delaying the keys', async () => {
      const { page, faults, context } = await open();
      await field(page, 'Password').fill('several words apart');
      await page
        .getByRole('status')
        .getByText(/strong|enough/i)
        .waitFor();
      await page.evaluate(`
        window.longest = 0;
        new PerformanceObserver((list) => {
          for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
        }).observe({ type: 'longtask' });
      `);
      await field(page, 'Password').fill('aZ1 '.repeat(64));
      await page
        .getByRole('status')
        .getByText(/repeats/)
        .waitFor();
      expect(await page.evaluate<number>('longest')).toBeLessThan(200);
      expect(faults).toEqual([]);
      await context.close();
    });

    it('and lets the gateway decide if the dictionaries cannot be loaded', async () => {
      const { page, faults, context } = await visit(browser, gateway);
      await page.route('**/pages/assets/*', (route) =>
        /strength/.test(route.request().url()) ? route.abort() : route.fallback(),
      );
      await page.goto('/register');
      await fill(page, someone({ password: 'aaaaaaaaaaaaaaaa' }));
      await submit(page).click();
      await page.getByText('Is too easy to guess.').waitFor();
      await fill(page);
      await submit(page).click();
      await page.getByRole('heading', { name: 'Check your email' }).waitFor();
      expect(faults).toEqual([]);
      await context.close();
    });
  });

  it('says beside the repetition that it differs', async () => {
    const { page, faults, context } = await open();
    await fill(page);
    await field(page, 'Password, again').fill('something else');
    await submit(page).click();
    await page.getByText('Differs from the password.').waitFor();
    expect(await page.evaluate('document.activeElement.name')).toBe('confirmPassword');
    expect(faults).toEqual([]);
    await context.close();
  });

  it.each([
    ['RATE_LIMITED', { retryAfter: 3599 }, 'Try again in 60 minutes.'],
    ['SERVICE_UNAVAILABLE', { retryAfter: 5 }, 'Try again in 5 seconds.'],
    ['INTERNAL_SERVER_ERROR', { requestId: 'id-1' }, 'id-1'],
  ])('says %s in words and keeps what was typed', async (code, details, words) => {
    const { page, faults, context } = await open();
    await page.route(GRAPHQL, refusing('register', code, details));
    const { username } = await fill(page);
    await submit(page).click();
    await page.getByRole('alert').getByText(words).waitFor();
    expect(await field(page, 'Username').inputValue()).toBe(username);
    expect(await field(page, 'Password').inputValue()).toBe(STRONG_PASSWORD);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('says so if the connection breaks, and registers once when it is back', async () => {
    const { page, faults, context } = await open();
    const { email } = await fill(page);
    await page.route(GRAPHQL, broken('register'));
    await submit(page).click();
    await page.getByRole('alert').getByText('is not available').waitFor();
    await page.unroute(GRAPHQL);
    await submit(page).click();
    await page.getByRole('heading', { name: 'Check your email' }).waitFor();
    await verificationMail(gateway, email);
    expect(mailsTo(await gateway.mail.mails(), email)).toHaveLength(1);
    expect(faults).toEqual([]);
    await context.close();
  });
});
