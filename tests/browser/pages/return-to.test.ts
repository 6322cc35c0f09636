import { build } from 'esbuild';
import fc from 'fast-check';
import type { Browser } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { type Account, registerAndVerify } from '../../support/accounts.js';
import { anyText } from '../../support/any-text.js';
import { describeInBrowser, launchBrowser } from '../../support/browser.js';
import type { Gateway } from '../../support/gateway.js';
import { startGateway } from '../../support/in-process.js';
import { originOf, visit } from '../../support/pages.js';
import { runs } from '../../support/runs.js';

/** Each leads to another origin in at least one of the ways that browsers and programs read addresses. */
const HOSTILE = [
  'https://evil.example',
  'https:evil.example',
  'https:/evil.example',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n\\evil.example',
  '\t//evil.example',
  ' //evil.example',
  '/..//evil.example',
  '/.//evil.example',
  '/a/..//evil.example',
  '/%2e%2e//evil.example',
  '/\\/evil.example',
  '//\u3002evil.example',
  '/／evil.example',
  'javascript:alert(1)',
  'JaVa\nScRiPt:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'evil.example',
  '@evil.example',
  '?//evil.example',
  '#//evil.example',
  '//localhost@evil.example',
  '//[::1',
  `//${'x'.repeat(10_000)}`,
  '',
];

/** Paths of the gateway, which stay as they are. */
const OWN = [
  '/',
  '/account',
  '/account?tab=1&next=//evil.example#top',
  '/console/people?search=%C3%A9&sort=name',
  '/%2F/evil.example',
  '/:80//evil.example',
  '/%5Cevil.example',
  '/a//b',
  `/${'x'.repeat(5000)}`,
];

/** Texts made of the parts that matter to a parser of addresses. */
const address = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '/',
        '\\',
        '//',
        '..',
        '.',
        '%2e',
        '%2f',
        '%5c',
        '\t',
        '\n',
        '\r',
        ' ',
        '?',
        '#',
        '@',
        ':',
      ),
      fc.constantFrom(
        'http:',
        'https:',
        'javascript:',
        'evil.example',
        'localhost',
        'account',
        '[::1]',
        '／',
        '。',
      ),
      anyText(2),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join('').toWellFormed())
  // Everything else is refused at once.
  .chain((text) => fc.constantFrom(text, `/${text}`, `/account${text}`));

describeInBrowser('the address to go on to after a sign-in', () => {
  let gateway: Gateway;
  let browser: Browser;
  let account: Account;
  let code: string;

  beforeAll(async () => {
    [gateway, browser] = await Promise.all([startGateway({ listen: true }), launchBrowser()]);
    account = await registerAndVerify(gateway);
    const { outputFiles } = await build({
      entryPoints: ['src/web/kit/return-to.ts'],
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'kit',
    });
    code = `${outputFiles[0]?.text}; globalThis.kit = kit;`;
  });

  /** What the function of the pages makes of each text, and where the browser then goes. */
  const resolved = async (texts: readonly string[]) => {
    const { page, context, faults } = await visit(browser, gateway);
    await page.goto('/sign-in');
    await page.evaluate(code);
    const found = await page.evaluate<{ path: string; href: string; parsed: string }[]>(`
      ${JSON.stringify(texts)}.map((text) => {
        const path = kit.returnTo('?' + new URLSearchParams({ return_to: text }));
        const parsed = URL.canParse(text, location.href) ? new URL(text, location.href) : {};
        return {
          path,
          href: new URL(path, location.href).href,
          // Without an empty query or fragment.
          parsed: parsed.origin + parsed.pathname + parsed.search + parsed.hash,
        };
      })`);
    expect(faults).toEqual([]);
    await context.close();
    return found;
  };

  it('is never an address of another origin', async () => {
    const found = await resolved(HOSTILE);
    const isOwn = ({ href }: { href: string }) => href.startsWith(`${originOf(gateway)}/`);
    expect(found.filter((one) => !isOwn(one))).toEqual([]);
    expect(found.map(({ path }) => path).filter((path) => path.includes('evil.example'))).toEqual(
      ['/／evil.example'].map((path) => encodeURI(path)),
    );
  });

  it('is the path that the link names', async () => {
    expect((await resolved(OWN)).map(({ path }) => path)).toEqual(OWN);
  });

  it('is on this origin for any text, and for paths where the browser would go', async () => {
    const texts = fc.sample(address, runs(20_000));
    const origin = `${originOf(gateway)}/`;
    const found = await resolved(texts);
    expect(found).toHaveLength(texts.length);
    for (const [at, { path, href, parsed }] of found.entries()) {
      expect(path, texts[at]).toMatch(/^\/(?![/\\])/);
      expect(href.startsWith(origin), texts[at]).toBe(true);
      expect(href === parsed || path === '/account', texts[at]).toBe(true);
    }
    // The samples are not all refused.
    expect(found.filter(({ path }) => path !== '/account').length).toBeGreaterThan(texts.length / 10);
  });

  it('cannot be changed by an attacker who gives somebody a link to the page', async () => {
    const { page, context, faults } = await visit(browser, gateway);
    await page.goto('/sign-in');
    await page.getByLabel('Username or email address').fill(account.username);
    await page.getByLabel('Password', { exact: true }).fill(account.password);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/account');
    for (const text of HOSTILE.filter((one) => one.length < 5000)) {
      const query = new URLSearchParams({ return_to: text });
      await page.goto(`/sign-in?${query}`, { waitUntil: 'commit' });
      await page.waitForURL((url) => url.pathname !== '/sign-in', { waitUntil: 'commit' });
      expect(page.url().startsWith(`${originOf(gateway)}/`), text).toBe(true);
    }
    expect(faults).toEqual([]);
    await context.close();
  });

  it('is not carried to the other pages if it is hostile', async () => {
    const { page, context, faults } = await visit(browser, gateway);
    for (const path of ['/sign-in', '/register', '/forgot-password', '/signed-in']) {
      await page.goto(`${path}?return_to=//evil.example`);
      await page.locator('main a').first().waitFor();
      const links = await page.locator('a').evaluateAll((all) => all.map((one) => one.getAttribute('href')));
      expect(links.join()).not.toContain('evil');
    }
    expect(faults).toEqual([]);
    await context.close();
  });
});
