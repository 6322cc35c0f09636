import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Account, register, registerAndVerify, someone } from '../../support/accounts.js';
import { describeInBrowser, launchBrowser } from '../../support/browser.js';
import { expectData } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { startGateway } from '../../support/in-process.js';
import { GRAPHQL, refusing, slow } from '../../support/page-faults.js';
import { inspect, originOf, VIEWS, visit } from '../../support/pages.js';

const identifier = (page: Page) => page.getByLabel('Username or email address');
const password = (page: Page) => page.getByLabel('Password', { exact: true });
const submit = (page: Page) => page.getByRole('button', { name: 'Sign in', exact: true });

describeInBrowser('the sign-in page', () => {
  let gateway: Gateway;
  let browser: Browser;
  let account: Account;

  const open = async (path = '/sign-in', options = {}) => {
    const visitor = await visit(browser, gateway, options);
    await visitor.page.goto(path);
    await visitor.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    return visitor;
  };
  const fill = async (page: Page, typed = account.password) => {
    await identifier(page).fill(account.username);
    await password(page).fill(typed);
  };

  beforeAll(async () => {
    [gateway, browser] = await Promise.all([startGateway({ listen: true }), launchBrowser()]);
    account = await registerAndVerify(gateway);
  });

  describe.each(VIEWS)('in $name', ({ name, options }) => {
    it('is accessible and fits the window', async () => {
      const { page, faults, context } = await open('/sign-in', options);
      await inspect(page, `sign-in ${name}`);
      expect(faults).toEqual([]);
      await context.close();
    });

    it('is accessible with a message', async () => {
      const { page, faults, context } = await open('/sign-in?ended=expired', options);
      await page.getByText('You were signed out because you were away for long.').waitFor();
      await page.route(GRAPHQL, refusing('login', 'ACCOUNT_LOCKED', { retryAfter: 900 }));
      await fill(page);
      await submit(page).click();
      await page.getByText('Try again in 15 minutes.').waitFor();
      await inspect(page, `sign-in refused ${name}`);
      expect(faults).toEqual([]);
      await context.close();
    });
  });

  it('signs in with a username and a password, and leads to the account', async () => {
    const { page, faults, context } = await open();
    await fill(page);
    await submit(page).click();
    await page.waitForURL(`${originOf(gateway)}/account`);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('works by keyboard alone', async () => {
    const { page, faults, context } = await open('/sign-in?return_to=/account?by=keyboard');
    // The identifier has the focus.
    await page.keyboard.type(account.email);
    await page.keyboard.press('Tab');
    await page.keyboard.type(account.password);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Show the characters');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${originOf(gateway)}/account?by=keyboard`);
    const [{ expires = 0 } = {}] = (await context.cookies()).filter(({ name }) => name === 'refresh');
    expect(expires).toBeGreaterThan(Date.now() / 1000 + 20 * 86_400);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('says once that the password is wrong, empties its field and takes the right one', async () => {
    const { page, faults, context } = await open();
    await fill(page, 'not the password at all');
    await submit(page).click();
    const words = page.getByText('is wrong.');
    await words.waitFor();
    expect(await words.count()).toBe(1);
    expect(await page.getByRole('alert').count()).toBe(1);
    expect(await password(page).inputValue()).toBe('');
    expect(await identifier(page).inputValue()).toBe(account.username);
    // The user goes on typing where they are.
    await page.keyboard.type(account.password);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${originOf(gateway)}/account`);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('shows the password only if the user wants it', async () => {
    const { page, faults, context } = await open();
    await password(page).fill('secret');
    expect(await password(page).getAttribute('type')).toBe('password');
    await page.getByRole('button', { name: 'Show the characters' }).click();
    expect(await password(page).getAttribute('type')).toBe('text');
    expect(await password(page).inputValue()).toBe('secret');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('has the fields that password managers look for, in one form', async () => {
    const { page, faults, context } = await open();
    const form = page.locator('form');
    expect(await form.count()).toBe(1);
    expect(await form.locator('[type=submit]').count()).toBe(1);
    const tokens = await form
      .locator('input[autocomplete]')
      .evaluateAll((inputs) => inputs.map((input) => input.getAttribute('autocomplete')));
    expect(tokens).toEqual(['username', 'current-password']);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('offers the link again if the address is not verified', async () => {
    const pending = someone();
    expectData(await register(gateway, pending));
    const { page, faults, context } = await open();
    await identifier(page).fill(pending.username);
    await password(page).fill(pending.password);
    await submit(page).click();
    await page.getByRole('heading', { name: 'Verify your email address' }).waitFor();
    await inspect(page, 'sign-in not verified');
    const before = (await gateway.mail.mails()).length;
    await page.getByLabel('Email address').fill(pending.email);
    await page.getByRole('button', { name: 'Send a new link' }).click();
    await page.getByText('you get an email in a few minutes').waitFor();
    await expect
      .poll(async () => (await gateway.mail.mails()).length, { timeout: 15_000 })
      .toBeGreaterThan(before);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('knows the address already if it was the identifier', async () => {
    const pending = someone();
    expectData(await register(gateway, pending));
    const { page, faults, context } = await open();
    await identifier(page).fill(pending.email);
    await password(page).fill(pending.password);
    await submit(page).click();
    const field = page.getByLabel('Email address');
    await field.waitFor();
    expect(await field.inputValue()).toBe(pending.email);
    expect(faults).toEqual([]);
    await context.close();
  });

  it.each([
    ['ACCOUNT_DISABLED', {}, 'The account is deactivated. Contact support.'],
    ['ACCOUNT_LOCKED', { retryAfter: 1800 }, 'Too many wrong passwords or codes. Try again in 30 minutes.'],
    ['RATE_LIMITED', { retryAfter: 41 }, 'Too many requests. Try again in 41 seconds.'],
    ['SERVICE_UNAVAILABLE', { retryAfter: 1 }, 'Try again in 1 second.'],
    ['INTERNAL_SERVER_ERROR', { requestId: 'id-4711' }, 'Report this code if it happens again: id-4711'],
    ['A_CODE_OF_A_NEWER_GATEWAY', {}, 'The words of the gateway.'],
  ])('says %s in words and keeps what was typed', async (code, details, words) => {
    const { page, faults, context } = await open();
    await page.route(GRAPHQL, refusing('login', code, details));
    await fill(page);
    await submit(page).click();
    await page.getByRole('alert').getByText(words).waitFor();
    expect(await identifier(page).inputValue()).toBe(account.username);
    expect(await password(page).inputValue()).toBe(account.password);
    await page.unroute(GRAPHQL);
    await submit(page).click();
    await page.waitForURL('**/account');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('puts what is wrong with a field beside the field', async () => {
    const { page, faults, context } = await open();
    await identifier(page).fill(account.username);
    await password(page).fill('x'.repeat(300));
    await submit(page).click();
    await page.getByText('Must have 256 characters or fewer').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(await page.evaluate('document.activeElement.name')).toBe('password');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('says so if there is no connection, and works when it is back', async () => {
    const { page, faults, context } = await open();
    await fill(page);
    await context.setOffline(true);
    await submit(page).click();
    await page.getByRole('alert').getByText('is not available').waitFor();
    await context.setOffline(false);
    await submit(page).click();
    await page.waitForURL('**/account');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('sends a sign-in once, however often the button is pressed', async () => {
    const { page, faults, context } = await open();
    let count = 0;
    await page.route(
      GRAPHQL,
      slow('login', 2000, () => count++),
    );
    await fill(page);
    await submit(page).click();
    await submit(page).click({ force: true });
    await password(page).press('Enter');
    await page.waitForURL('**/account');
    expect(count).toBe(1);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('says why the session has ended', async () => {
    const { page, faults, context } = await open('/sign-in?ended=revoked');
    await page.getByRole('status').getByText('You were signed out on this device.').waitFor();
    await page.goto('/sign-in?ended=constructor');
    await submit(page).waitFor();
    expect(await page.getByRole('status').count()).toBe(0);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('sends somebody who is signed in to where they wanted to go', async () => {
    const { page, faults, context } = await open();
    await fill(page);
    await submit(page).click();
    await page.waitForURL('**/account');
    await page.goto('/sign-in?return_to=/account?tab=devices%23top');
    await page.waitForURL(`${originOf(gateway)}/account?tab=devices#top`);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('goes on by itself if the user signs in in another tab', async () => {
    const { page, faults, context } = await open('/sign-in?return_to=/account?tab=one');
    const other = await context.newPage();
    await other.goto('/sign-in?return_to=/account?tab=two');
    await fill(page);
    await fill(other);
    const send = (tab: Page) => tab.evaluate(`document.querySelector('form').requestSubmit()`);
    await Promise.all([send(page), send(other)]);
    await page.waitForURL('**/account?tab=one');
    await other.waitForURL('**/account?tab=two');
    const third = await visit(browser, gateway);
    await third.page.goto('/sign-in');
    const fourth = await third.context.newPage();
    await fourth.goto('/sign-in');
    await fill(fourth);
    await submit(fourth).click();
    await third.page.waitForURL('**/account');
    expect([...faults, ...third.faults]).toEqual([]);
    await Promise.all([context.close(), third.context.close()]);
  });

  it('keeps where the user wanted to go on the way through the other pages', async () => {
    const { page, faults, context } = await open('/sign-in?return_to=/account?tab=1');
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await page.getByRole('link', { name: 'Back to sign in' }).click();
    await submit(page).waitFor();
    expect(new URL(page.url()).searchParams.get('return_to')).toBe('/account?tab=1');
    expect(faults).toEqual([]);
    await context.close();
  });
});
