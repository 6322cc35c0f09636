import type { Browser, BrowserContextOptions, CDPSession, Page, Route } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeInBrowser, launchBrowser } from '../../support/browser.js';
import type { Gateway } from '../../support/gateway.js';
import { startGateway } from '../../support/in-process.js';
import { GRAPHQL } from '../../support/page-faults.js';
import { VIEWS, visit } from '../../support/pages.js';

const MAX_BYTES = 120_000;
/** The aim is 1000 ms. One build took 660 ms on one day and 1500 ms on another, on the same shared machine. */
const MAX_MS = 2500;
const CPU_SLOWDOWN = 4;
const LOADS = 7;
/** Later than the browser forgives a shift after an input. */
const LATE_MS = 1500;

const identifier = (page: Page) => page.getByLabel('Username or email address');

/** Answers the providers and the sign-in late. */
const late = async (route: Route) => {
  const { query } = route.request().postDataJSON() as { query: string };
  const isProviders = query.includes('identityProviders');
  if (!isProviders && !query.includes('login(')) return route.fallback();
  await new Promise((resolve) => setTimeout(resolve, LATE_MS));
  const identityProviders = ['Acme', 'Globex', 'Initech'].map((name) => ({ id: name.toLowerCase(), name }));
  const extensions = { code: 'ACCOUNT_LOCKED', retryAfter: 900 };
  const refusal = {
    errors: [{ message: 'Too many wrong passwords or codes. Try again later.', extensions }],
  };
  await route.fulfill({ json: isProviders ? { data: { identityProviders } } : refusal });
};

describeInBrowser('the sign-in page', () => {
  let gateway: Gateway;
  let browser: Browser;

  beforeAll(async () => {
    const env = { SUPPORT_URL: 'mailto:help@example.com' };
    [gateway, browser] = await Promise.all([startGateway({ listen: true, env }), launchBrowser()]);
  });

  const openWith = async (options: BrowserContextOptions = {}) => {
    const visitor = await visit(browser, gateway, options);
    const devtools = await visitor.context.newCDPSession(visitor.page);
    await devtools.send('Network.enable');
    await devtools.send('Network.setCacheDisabled', { cacheDisabled: true });
    return { ...visitor, devtools };
  };

  it(`loads less than ${MAX_BYTES / 1000} KB, compressed`, async () => {
    const { page, faults, context, devtools } = await openWith();
    const sizes = await sizesOf(devtools, async () => {
      await page.goto('/sign-in', { waitUntil: 'networkidle' });
      await identifier(page).waitFor();
    });
    const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    console.info(`The sign-in page loads ${total} bytes in ${sizes.size} files.`);
    expect([...sizes.keys()].filter((url) => url.endsWith('.js')).length).toBeGreaterThan(3);
    expect(total).toBeLessThan(MAX_BYTES);
    expect(faults).toEqual([]);
    await context.close();
  });

  it(`shows a typed letter within ${MAX_MS} ms on a processor that is ${CPU_SLOWDOWN} times slower`, async () => {
    const times: number[] = [];
    for (let i = 0; i < LOADS; i++) {
      const { page, context, devtools } = await openWith();
      // The time that the main thread computes: other programs on the machine do not add to it.
      await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
      const before = await computedMs(devtools);
      await page.goto('/sign-in', { waitUntil: 'commit' });
      await identifier(page).pressSequentially('a');
      await expect.poll(() => identifier(page).inputValue()).toBe('a');
      times.push(((await computedMs(devtools)) - before) * CPU_SLOWDOWN);
      await context.close();
    }
    const sorted = times.map(Math.round).sort((a, b) => a - b);
    console.info(`A typed letter appears after ${sorted.join(', ')} ms.`);
    expect(sorted[Math.floor(LOADS / 2)]).toBeLessThan(MAX_MS);
    expect(sorted[0]).toBeGreaterThan(0);
  });

  describe.each(VIEWS.filter(({ name }) => name.startsWith('light')))('in $name', ({ options }) => {
    it.each(['/sign-in', '/sign-in?ended=expired'])(
      'does not move at %s, also if providers and messages arrive late',
      async (path) => {
        const { page, faults, context } = await openWith(options);
        await page.addInitScript(`
          window.shifts = [];
          new PerformanceObserver((list) => {
            for (const { value, hadRecentInput, sources } of list.getEntries()) {
              if (!hadRecentInput) shifts.push([value, sources.map(({ node }) => node?.outerHTML ?? '').join()]);
            }
          }).observe({ type: 'layout-shift', buffered: true });
        `);
        await page.route(GRAPHQL, late);
        await page.goto(path);
        await page.getByRole('button', { name: 'Continue with Initech' }).waitFor();
        await identifier(page).fill('somebody');
        await page.getByLabel('Password', { exact: true }).fill('some password');
        await page.keyboard.press('Enter');
        await page.getByText('Try again in 15 minutes.').waitFor();
        await page.waitForTimeout(200);
        expect(await page.evaluate('shifts')).toEqual([]);
        // The observer works: this moves the form.
        await page.evaluate(`document.querySelector('form').style.marginTop = '50px'`);
        // Not `waitForFunction`: it polls by eval, which the policy forbids.
        await expect.poll(() => page.evaluate<number>('shifts.length')).toBeGreaterThan(0);
        expect(faults).toEqual([]);
        await context.close();
      },
    );
  });
});

async function computedMs(devtools: CDPSession): Promise<number> {
  const { metrics } = await devtools.send('Performance.getMetrics');
  return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0);
}

/** The bytes of the answers by their addresses, as they were sent, without those of the API. */
async function sizesOf(devtools: CDPSession, load: () => Promise<void>): Promise<Map<string, number>> {
  const urls = new Map<string, string>();
  const sizes = new Map<string, number>();
  devtools.on(
    'Network.responseReceived',
    ({ requestId, response }) => void urls.set(requestId, response.url),
  );
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const url = urls.get(requestId) ?? '';
    if (!url.endsWith('/graphql')) sizes.set(url, encodedDataLength);
  });
  await load();
  return sizes;
}
