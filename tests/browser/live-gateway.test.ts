import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Account, registerAndVerify, signIn } from '../support/accounts.js';
import { describeInBrowser, launchBrowser } from '../support/browser.js';
import { expectData } from '../support/client.js';
import { type FrontEnd, openTab, run, startFrontEnd, stateOf } from '../support/front-end.js';
import { counterOf } from '../support/metrics.js';
import { changePassword } from '../support/recovery.js';
import { until } from '../support/wait.js';

describeInBrowser('a page with live: true at the gateway', () => {
  let frontEnd: FrontEnd;
  let browser: Browser;
  let account: Account;
  let context: BrowserContext;
  let pages: Page[];

  const isSignedOut = async (page: Page) => (await stateOf(page)).status === 'signedOut';
  const socketCount = () => counterOf(frontEnd.gateway, 'gatehouse_sockets');

  beforeAll(async () => {
    [frontEnd, browser] = await Promise.all([startFrontEnd(), launchBrowser()]);
  });
  beforeEach(async () => {
    account = await registerAndVerify(frontEnd.gateway);
    context = await browser.newContext();
    // Not by the proxy, which does not pass WebSockets on.
    const options = { live: true, url: `http://localhost:${frontEnd.gateway.port}/graphql` };
    pages = [await openTab(context, frontEnd, options), await openTab(context, frontEnd, options)];
    const input = JSON.stringify({ identifier: account.username, password: account.password });
    await run(pages[0] as Page, `client.signIn(${input})`);
    await until('the socket', async () => (await socketCount()) === 1);
  });
  afterEach(async () => {
    await context.close();
    await until('the socket to be closed', async () => (await socketCount()) === 0);
  });

  it('is signed out in every tab when the password is changed elsewhere', async () => {
    const { accessToken } = await signIn(frontEnd.gateway, account);
    expectData(await changePassword(frontEnd.gateway, accessToken, account.password));
    for (const page of pages) {
      await until('the page to be signed out', () => isSignedOut(page), 5000);
      expect(await stateOf(page)).toEqual({ status: 'signedOut', reason: 'revoked' });
    }
  });

  it('is signed out in every tab when the user signs out everywhere on another device', async () => {
    const { accessToken: token } = await signIn(frontEnd.gateway, account);
    const query = 'mutation { logout(everywhere: true) { success } }';
    expectData(await frontEnd.gateway.client.runRaw(query, {}, { token }));
    for (const page of pages) {
      await until('the page to be signed out', () => isSignedOut(page), 5000);
      expect(await stateOf(page)).toEqual({ status: 'signedOut', reason: 'signedOut' });
    }
  });
});
