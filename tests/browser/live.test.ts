import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Account, registerAndVerify } from '../support/accounts.js';
import { describeInBrowser, launchBrowser } from '../support/browser.js';
import { type FrontEnd, openTab, run, startFrontEnd, stateOf } from '../support/front-end.js';
import { type SessionEndedServer, serveSessionEnded } from '../support/session-ended-server.js';
import { until } from '../support/wait.js';

const HOUR_MS = 3_600_000;

describeInBrowser('a page with live: true', () => {
  let frontEnd: FrontEnd;
  let sockets: SessionEndedServer;
  let browser: Browser;
  let account: Account;
  let context: BrowserContext;
  let pages: [Page, Page];

  const subscription = () => until('a subscription', () => sockets.subscribed[0], 30_000);
  const signIn = () => {
    const input = JSON.stringify({ identifier: account.username, password: account.password });
    return run(pages[0], `client.signIn(${input})`);
  };
  const expectEnd = async (reason: string) => {
    for (const page of pages) {
      await until('the page to be signed out', async () => (await stateOf(page)).status === 'signedOut');
      expect(await stateOf(page)).toEqual({ status: 'signedOut', reason });
    }
  };

  beforeAll(async () => {
    [frontEnd, browser] = await Promise.all([startFrontEnd(), launchBrowser()]);
    sockets = serveSessionEnded(frontEnd.proxy.server, frontEnd.gateway);
    account = await registerAndVerify(frontEnd.gateway);
  });
  beforeEach(async () => {
    context = await browser.newContext();
    pages = [
      await openTab(context, frontEnd, { live: true }),
      await openTab(context, frontEnd, { live: true }),
    ];
  });
  afterEach(async () => {
    await context.close();
    await until('the sockets to be closed', () => sockets.subscribed.length === 0);
  });

  it('has one socket for all tabs, and hears of an end elsewhere', async () => {
    const before = sockets.attempts;
    await signIn();
    const { sessionId } = await subscription();
    sockets.end(sessionId, 'PASSWORD_CHANGED');
    await expectEnd('revoked');
    expect(sockets.attempts - before).toBe(1);
  });

  it('hands the socket to another tab when its tab is closed', async () => {
    await signIn();
    const { socket } = await subscription();
    // Whichever tab took the lock first.
    const isFirst = (await run<number>(pages[0], 'socketsOpened')) > 0;
    const [leader, other] = isFirst ? pages : [pages[1], pages[0]];
    await leader.close();
    const { sessionId } = await until('another subscription', () =>
      sockets.subscribed.find((one) => one.socket !== socket),
    );
    sockets.end(sessionId, 'LOGGED_OUT');
    await until('the page to be signed out', async () => (await stateOf(other)).status === 'signedOut');
    expect(await stateOf(other)).toEqual({ status: 'signedOut', reason: 'signedOut' });
  });

  it('signs out when the connection is closed with 4403', async () => {
    await signIn();
    (await subscription()).socket.close(4403);
    await expectEnd('revoked');
  });

  it('refreshes and connects again at once when its token is refused with 4401', async () => {
    await signIn();
    await subscription();
    await frontEnd.gateway.clock.reach(frontEnd.gateway.clock.now() + HOUR_MS);
    const before = frontEnd.proxy.count('refreshToken');
    const { socket } = await subscription();
    socket.close(4401);
    await until('another subscription', () => sockets.subscribed.find((one) => one.socket !== socket));
    expect(frontEnd.proxy.count('refreshToken') - before).toBe(1);
    expect(await stateOf(pages[0])).toMatchObject({ status: 'signedIn' });
  });

  it('connects again when the gateway is stopped, and pauses between attempts', async () => {
    await signIn();
    const { socket } = await subscription();
    const before = sockets.attempts;
    sockets.refuse(1001);
    const startedAt = performance.now();
    socket.close(1001);
    await until('another subscription', () => sockets.subscribed.find((one) => one.socket !== socket));
    expect(sockets.attempts - before).toBe(2);
    expect(performance.now() - startedAt).toBeGreaterThan(500 + 1000);
  });

  it('does not refresh in a loop when each token is refused with 4401', async () => {
    sockets.refuse(...Array.from({ length: 50 }, () => 4401));
    const before = frontEnd.proxy.count('refreshToken');
    await signIn();
    await until('the second attempt', () => frontEnd.proxy.count('refreshToken') > before);
    const startedAt = performance.now();
    await until('the third refresh', () => frontEnd.proxy.count('refreshToken') > before + 2, 30_000);
    expect(performance.now() - startedAt).toBeGreaterThan(1000);
    await run(pages[0], 'client.signOut()');
  });
});
