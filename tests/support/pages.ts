import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Gateway } from './gateway.js';

/** Where the pictures of all pages are written, to be looked at. */
const PICTURES = fileURLToPath(new URL('../../.pictures/', import.meta.url));

export interface View {
  readonly name: string;
  readonly options: BrowserContextOptions;
}

const view = (colorScheme: 'light' | 'dark', width: number, height: number): View => ({
  name: `${colorScheme}-${width}`,
  options: { colorScheme, viewport: { width, height } },
});

/** Every page is looked at on a phone and on a desktop, in both colour schemes. */
export const VIEWS: readonly View[] = [
  view('light', 1280, 800),
  view('dark', 1280, 800),
  view('light', 360, 740),
  view('dark', 360, 740),
];

/** The origin under which the pages are opened: an IP address cannot have passkeys. */
export const originOf = ({ port }: Gateway): string => `http://localhost:${port}`;

/** A browser with its own cookies, and what went wrong in its pages. */
export interface Visitor {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Errors of scripts, violations of the policy, and requests to other hosts. */
  readonly faults: string[];
}

/**
 * Opens a browser context for one person. Paths given to `page.goto` are relative to the gateway.
 * @param hosts other origins that the person may visit, such as an identity provider's
 */
export async function visit(
  browser: Browser,
  gateway: Gateway,
  options: BrowserContextOptions = {},
  hosts: readonly string[] = [],
): Promise<Visitor> {
  const baseURL = originOf(gateway);
  const context = await browser.newContext({ baseURL, reducedMotion: 'reduce', ...options });
  const faults: string[] = [];
  context.on('weberror', (error) => faults.push(String(error.error())));
  context.on('console', (message) => {
    // The browser reports an answer with status 4xx or 5xx, which a test may want, as an error too.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      faults.push(message.text());
    }
  });
  context.on('request', (request) => {
    const url = request.url();
    const isExpected =
      [baseURL, ...hosts].some((host) => url.startsWith(`${host}/`)) || url.startsWith('data:');
    if (!isExpected) faults.push(`request to ${url}`);
  });
  return { context, page: await context.newPage(), faults };
}

/**
 * Goes back to a page that is in the back-forward cache, which needs `launchWholeBrowser`. A page that is loaded again
 * would have a navigation of the type `back_forward`.
 */
export async function goBackToCached(page: Page): Promise<void> {
  // A page that is restored does not load.
  await page.goBack({ waitUntil: 'commit' });
  expect(await page.evaluate("performance.getEntriesByType('navigation')[0].type")).toBe('navigate');
}

/** The rules of WCAG 2.2 AA and axe's best practices. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate<{ id: string; nodes: string[] }[]>(
    // React Aria's log for screen readers, which empties itself, may name a button that is gone.
    `axe.run({ exclude: '[data-live-announcer]' }).then(({ violations }) => violations.map(({ id, nodes }) => ({
      id, nodes: nodes.map(({ html, failureSummary }) => html + ' ' + failureSummary) })))`,
  );
  expect(violations).toEqual([]);
}

/** Nothing of the page is wider than the window: people do not scroll sideways (WCAG 2.2, 1.4.10). */
export async function expectFits(page: Page): Promise<void> {
  const overflow = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  expect(overflow).toBeLessThanOrEqual(0);
}

export async function takePicture(page: Page, name: string): Promise<void> {
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: `${PICTURES}${name}.png`, fullPage: true });
}

/** Checks a page as every page must be: accessible, no wider than the window, with one `h1`. Takes its picture. */
export async function inspect(page: Page, name: string): Promise<void> {
  expect(await page.locator('h1').count()).toBe(1);
  await expectFits(page);
  await expectAccessible(page);
  await takePicture(page, name);
}
