import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { RevokeOtherSessionsDocument } from '../generated/graphql.js';
import { type Account, registerAndVerify, signIn } from '../support/accounts.js';
import { describeInBrowser, launchBrowser } from '../support/browser.js';
import { expectData } from '../support/client.js';
import { type FrontEnd, openTab, run, startFrontEnd, stateOf } from '../support/front-end.js';
import type { Backend } from '../support/gateway.js';
import { sleep, until } from '../support/wait.js';

const HALF_AN_HOUR_MS = 31 * 60_000;
const SIGN_OUT_MS = 1000;

const tabsOn = (backend: Backend) => () => {
  let frontEnd: FrontEnd;
  let browser: Browser;
  let account: Account;
  let context: BrowserContext;
  let tabs: Page[];

  const credentials = () => JSON.stringify({ identifier: account.username, password: account.password });
  const openTabs = async (count: number) => {
    tabs = [];
    for (let i = 0; i < count; i++) tabs.push(await openTab(context, frontEnd));
    const [first] = tabs as [Page];
    await run(first, `client.signIn(${credentials()})`);
    for (const tab of tabs) expect(await run(tab, 'client.start()')).toMatchObject({ status: 'signedIn' });
    return tabs as [Page, ...Page[]];
  };
  const inAll = <T>(expression: string) => Promise.all(tabs.map((tab) => run<T>(tab, expression)));
  /** The expiry as the gateway sees it. The pages do not know of it. */
  const expireTokens = () =>
    Promise.all(frontEnd.nodes.map(({ clock }) => clock.reach(clock.now() + HALF_AN_HOUR_MS)));

  beforeAll(async () => {
    [frontEnd, browser] = await Promise.all([startFrontEnd({}, backend), launchBrowser()]);
    account = await registerAndVerify(frontEnd.gateway);
  });
  beforeEach(async () => {
    context = await browser.newContext();
  });
  afterEach(() => context.close());

  it('learn of a sign-in in one of them without a refresh of their own', async () => {
    await openTabs(3);
    expect(frontEnd.proxy.count('refreshToken')).toBe(0);
    expect(await inAll('states.map(({ status }) => status)')).toEqual(tabs.map(() => ['signedIn']));
  });

  it('refresh once between them when the gateway refuses the expired token of a hundred queries', async () => {
    await openTabs(5);
    await expireTokens();
    const before = frontEnd.proxy.count('refreshToken');
    const answers = await inAll<object[]>('Promise.all(Array.from({ length: 20 }, () => me()))');
    expect(answers.flat()).toEqual(
      Array.from({ length: 100 }, () => ({ data: { me: { username: account.username } } })),
    );
    expect(frontEnd.proxy.count('refreshToken') - before).toBe(1);
  });

  it('refresh once between them when the pages know that the token has expired', async () => {
    await openTabs(5);
    await expireTokens();
    await inAll(`void (aheadMs += ${HALF_AN_HOUR_MS})`);
    const before = frontEnd.proxy.count('refreshToken');
    const queriesBefore = frontEnd.proxy.count('me');
    const answers = await inAll<object[]>('Promise.all(Array.from({ length: 20 }, () => me()))');
    expect(answers.flat().filter((answer) => 'errors' in answer)).toEqual([]);
    expect(frontEnd.proxy.count('refreshToken') - before).toBe(1);
    expect(frontEnd.proxy.count('me') - queriesBefore).toBe(100);
  });

  it('are all signed out within a second when one of them signs out', async () => {
    const [first] = await openTabs(5);
    const startedAt = performance.now();
    await run(first, 'client.signOut()');
    await until('all tabs to be signed out', async () => {
      const states = await Promise.all(tabs.map(stateOf));
      return states.every(({ status, reason }) => status === 'signedOut' && reason === 'signedOut');
    });
    expect(performance.now() - startedAt).toBeLessThan(SIGN_OUT_MS);
    expect(await run(first, 'client.accessToken()')).toBeNull();
    expect(await inAll('client.start()')).toEqual(
      tabs.map(() => ({ status: 'signedOut', reason: 'signedOut' })),
    );
  });

  it('are signed out by a tab that has not asked yet who is signed in', async () => {
    await openTabs(2);
    await run(await openTab(context, frontEnd), 'client.signOut()');
    for (const tab of tabs) {
      await until('the tab to hear of it', async () => (await stateOf(tab)).status === 'signedOut');
    }
  });

  it('are each told once when the session is revoked elsewhere', async () => {
    await openTabs(3);
    const { gateway } = frontEnd;
    const elsewhere = await signIn(gateway, account);
    expectData(await gateway.client.run(RevokeOtherSessionsDocument, {}, { token: elsewhere.accessToken }));
    const [first, ...others] = tabs as [Page, ...Page[]];
    const answer = await run<{ errors: { extensions: object }[] }>(first, 'me()');
    expect(answer.errors[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', reason: 'SESSION_REVOKED' });
    for (const tab of others) {
      await until('the tab to hear of it', async () => (await stateOf(tab)).status === 'signedOut');
    }
    await inAll('me()');
    expect(await inAll('states.slice(1)')).toEqual(
      tabs.map(() => [{ status: 'signedOut', reason: 'revoked' }]),
    );
  });

  it('take over the refresh of a tab that is closed in the middle of it', async () => {
    const [first, second] = (await openTabs(2)) as [Page, Page];
    await expireTokens();
    await inAll(`void (aheadMs += ${HALF_AN_HOUR_MS})`);
    const before = frontEnd.proxy.count('refreshToken');
    frontEnd.proxy.fail('refreshToken', { kind: 'hold', until: new Promise(() => {}) });
    void run(first, 'client.accessToken()').catch(() => {});
    await until('the first tab to refresh', () => frontEnd.proxy.count('refreshToken') > before);
    const token = run<string>(second, 'client.accessToken()');
    await first.close();
    expect(await token).toMatch(/^ey/);
    expect(frontEnd.proxy.count('refreshToken') - before).toBe(2);
  });

  it('keep the session of a sign-in: it waits for the late answer of a refresh, which sets the cookie too', async () => {
    const [first, second] = (await openTabs(2)) as [Page, Page];
    await expireTokens();
    await inAll(`void (aheadMs += ${HALF_AN_HOUR_MS})`);
    const other = await registerAndVerify(frontEnd.gateway);
    const before = frontEnd.proxy.count('refreshToken');
    const logins = frontEnd.proxy.count('login');
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    frontEnd.proxy.fail('refreshToken', { kind: 'late', until: released });
    const refreshed = run(first, 'client.accessToken()');
    await until('the first tab to refresh', () => frontEnd.proxy.count('refreshToken') > before);
    const input = JSON.stringify({ identifier: other.username, password: other.password });
    const signedIn = run(second, `client.signIn(${input})`);
    await sleep(500);
    expect(frontEnd.proxy.count('login')).toBe(logins);
    release();
    await Promise.all([refreshed, signedIn]);
    const third = await openTab(context, frontEnd);
    expect(await run(third, 'client.start()')).toMatchObject({ user: { username: other.username } });
    for (const tab of tabs) expect(await stateOf(tab)).toMatchObject({ user: { username: other.username } });
  });
};

describeInBrowser('tabs of one origin [PGlite]', tabsOn('pglite'));
describeInBrowser('tabs of one origin [two nodes on Postgres]', tabsOn('postgres'), 'postgres');
