import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Account, registerAndVerify } from '../../support/accounts.js';
import { describeInBrowser, launchBrowser } from '../../support/browser.js';
import type { Gateway } from '../../support/gateway.js';
import { startGateway } from '../../support/in-process.js';
import { inspect, originOf, VIEWS, visit } from '../../support/pages.js';

describeInBrowser('the sign-in page', () => {
  let gateway: Gateway;
  let browser: Browser;
  let account: Account;

  beforeAll(async () => {
    [gateway, browser] = await Promise.all([startGateway({ listen: true }), launchBrowser()]);
    account = await registerAndVerify(gateway);
  });

  describe.each(VIEWS)('in $name', ({ name, options }) => {
    it('is accessible and fits the window', async () => {
      const { page, faults, context } = await visit(browser, gateway, options);
      await page.goto('/sign-in');
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await inspect(page, `sign-in ${name}`);
      expect(faults).toEqual([]);
      await context.close();
    });
  });

  it('signs in with a username and a password, and leads to the account', async () => {
    const { page, faults, context } = await visit(browser, gateway);
    await page.goto('/sign-in');
    await page.getByLabel('Username or email address').fill(account.username);
    await page.getByLabel('Password', { exact: true }).fill(account.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${originOf(gateway)}/account`);
    await page.getByRole('heading', { name: 'Your account' }).waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });
});
