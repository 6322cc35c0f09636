import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { DeactivateUserDocument } from '../generated/graphql.js';
import { type Account, registerAndVerify, someone } from '../support/accounts.js';
import { acceptInvitation, entered } from '../support/administration.js';
import { describeInBrowser, launchWholeBrowser } from '../support/browser.js';
import { expectData } from '../support/client.js';
import { refusal } from '../support/fault-proxy.js';
import { type FrontEnd, openTab, run, startFrontEnd, stateOf } from '../support/front-end.js';
import { until } from '../support/wait.js';

const HOUR_MS = 3_600_000;

describeInBrowser('a page', () => {
  let frontEnd: FrontEnd;
  let browser: Browser;
  let admin: Account;
  let account: Account;
  let context: BrowserContext;
  let page: Page;

  const refreshes = () => frontEnd.proxy.count('refreshToken');
  const expectMe = async () =>
    expect(await run(page, 'me()')).toEqual({ data: { me: { username: account.username } } });
  const statuses = () => run<string[]>(page, 'states.map(({ status }) => status)');
  /** Both the page and the gateway see it. */
  const expireToken = async () => {
    await frontEnd.gateway.clock.reach(frontEnd.gateway.clock.now() + HOUR_MS);
    await run(page, `void (aheadMs += ${HOUR_MS})`);
  };

  beforeAll(async () => {
    admin = someone();
    const env = { BOOTSTRAP_ADMIN_EMAIL: admin.email, BOOTSTRAP_ADMIN_USERNAME: admin.username };
    [frontEnd, browser] = await Promise.all([startFrontEnd(env), launchWholeBrowser()]);
    await acceptInvitation(frontEnd.gateway, admin);
  });
  beforeEach(async () => {
    account = await registerAndVerify(frontEnd.gateway);
    context = await browser.newContext();
    page = await openTab(context, frontEnd);
    const input = JSON.stringify({ identifier: account.username, password: account.password });
    await run(page, `client.signIn(${input})`);
  });
  afterEach(() => context.close());

  it('keeps no token where scripts or the disk find it', async () => {
    const token = await run<string>(page, 'client.accessToken()');
    const stored = await run(
      page,
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    );
    expect(stored).toBe('[{},{},""]');
    expect(token).toMatch(/^ey/);
    const cookies = await context.cookies(frontEnd.proxy.url);
    expect(cookies.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }))).toContainEqual({
      name: 'refresh',
      httpOnly: true,
      sameSite: 'Strict',
    });
  });

  it('finds nobody signed in, without an error, if there is no cookie', async () => {
    await context.clearCookies();
    const other = await openTab(context, frontEnd);
    expect(await run(other, 'client.start()')).toEqual({ status: 'signedOut' });
    expect(await run(other, 'client.accessToken()')).toBeNull();
  });

  it('finds the user again after a reload', async () => {
    page = await openTab(context, frontEnd);
    expect(await run(page, 'client.start()')).toMatchObject({ user: { username: account.username } });
    await expectMe();
  });

  it('signs out when an admin deactivates the account', async () => {
    const { gateway } = frontEnd;
    const { token } = await entered(gateway, { ...admin });
    const user = await run<{ id: string }>(page, 'client.state.user');
    expectData(await gateway.client.run(DeactivateUserDocument, { id: user.id }, { token }));
    await run(page, 'me()');
    expect(await stateOf(page)).toEqual({ status: 'signedOut', reason: 'revoked' });
  });

  it.each([
    ['a network error', { kind: 'drop' }],
    ['a 502 of a proxy', { kind: 'answer', status: 502, body: '<h1>Bad Gateway</h1>' }],
    ['a 503 of a proxy without a body', { kind: 'answer', status: 503, body: '' }],
  ] as const)('stays signed in when a refresh meets %s', async (_name, fault) => {
    await expireToken();
    const before = refreshes();
    frontEnd.proxy.fail('refreshToken', fault, fault);
    await expectMe();
    expect(refreshes() - before).toBe(3);
    expect(await statuses()).toEqual(['signedIn']);
  });

  it('waits as long as SERVICE_UNAVAILABLE says', async () => {
    await expireToken();
    const before = refreshes();
    frontEnd.proxy.fail('refreshToken', refusal({ code: 'SERVICE_UNAVAILABLE', retryAfter: 2 }));
    const startedAt = performance.now();
    await Promise.all([expectMe(), expectMe()]);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(2000);
    expect(refreshes() - before).toBe(2);
    expect(await statuses()).toEqual(['signedIn']);
  });

  it('rejects at once if RATE_LIMITED asks for a long pause, and does not ask the gateway in the pause', async () => {
    await expireToken();
    const before = refreshes();
    frontEnd.proxy.fail('refreshToken', refusal({ code: 'RATE_LIMITED', retryAfter: 60 }));
    expect(await run(page, 'client.accessToken()')).toEqual({ code: 'RATE_LIMITED', retryAfter: 61 });
    expect(await run(page, 'me()')).toMatchObject({ code: 'RATE_LIMITED' });
    expect(refreshes() - before).toBe(1);
    expect(await stateOf(page)).toMatchObject({ status: 'signedIn' });
    await run(page, 'void (aheadMs += 62_000)');
    await expectMe();
  });

  it('signs out when the session has ended, and asks the gateway once', async () => {
    await run(page, 'client.signOut()');
    const input = JSON.stringify({ identifier: account.username, password: account.password });
    await run(page, `client.signIn(${input})`);
    await context.clearCookies();
    await expireToken();
    const before = refreshes();
    await run(page, 'Promise.all([me(), me(), me()])');
    expect(refreshes() - before).toBe(1);
    expect(await stateOf(page)).toEqual({ status: 'signedOut', reason: 'expired' });
  });

  it.each([-1, 1])('is not harmed by a device clock that is %i day off', async (days) => {
    const other = await openTab(context, frontEnd);
    await other.addInitScript(`const real = Date.now; Date.now = () => real() + ${days * 24 * HOUR_MS};`);
    await other.reload();
    await run(other, `void (window.client = createAuthClient({ url: '${frontEnd.proxy.url}' }))`);
    const before = refreshes();
    expect(await run(other, 'client.start()')).toMatchObject({ status: 'signedIn' });
    const tokens = await run<string[]>(other, 'Promise.all([client.accessToken(), client.accessToken()])');
    expect(new Set(tokens).size).toBe(1);
    expect(refreshes() - before).toBe(1);
  });

  it('refreshes after an hour of sleep that performance.now() did not count', async () => {
    await frontEnd.gateway.clock.reach(frontEnd.gateway.clock.now() + HOUR_MS);
    await run(page, `void (asleepMs += ${HOUR_MS})`);
    const before = frontEnd.proxy.count('me');
    await expectMe();
    // The page saw the sleep, so the gateway had to refuse no query.
    expect(frontEnd.proxy.count('me') - before).toBe(1);
    expect(await statuses()).toEqual(['signedIn']);
  });

  it('refreshes after a sleep that no clock of the device counted', async () => {
    await frontEnd.gateway.clock.reach(frontEnd.gateway.clock.now() + HOUR_MS);
    const before = refreshes();
    await expectMe();
    expect(refreshes() - before).toBe(1);
  });

  it('checks the session again when it comes back from the back-forward cache', async () => {
    await run(
      page,
      "void (window.isFromCache = false, addEventListener('pageshow', (event) => { isFromCache = event.persisted; }))",
    );
    await page.goto(`${frontEnd.origin}/elsewhere`);
    const other = await openTab(context, frontEnd);
    await run(other, 'client.start()');
    await run(other, 'client.signOut()');
    // A page that is restored does not load.
    await page.goBack({ waitUntil: 'commit' });
    expect(await run(page, 'isFromCache')).toBe(true);
    await until('the page to be signed out', async () => (await stateOf(page)).status === 'signedOut');
  });

  it('does not send the token along when a service redirects to another origin', async () => {
    await page.route('**/redirecting', (route) =>
      route.fulfill({ status: 307, headers: { location: 'http://127.0.0.1:9/elsewhere' } }),
    );
    const headers = page
      .waitForRequest('http://127.0.0.1:9/elsewhere')
      .then((request) => request.allHeaders());
    await run(page, "client.fetch('/redirecting').catch(() => {})");
    expect(await headers).not.toHaveProperty('authorization');
  });
});
