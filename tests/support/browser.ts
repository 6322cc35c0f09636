import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { describe } from 'vitest';
import { stopAtEnd } from './at-end.js';
import type { Backend } from './gateway.js';
import { missing } from './services.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

const executablePath = (process.env.PATH ?? '')
  .split(delimiter)
  .flatMap((folder) => NAMES.map((name) => join(folder, name)))
  .find((file) => existsSync(file));

/** A suite that needs a browser. If it or the backend is missing, the end of the run names the suite and why. */
export function describeInBrowser(name: string, suite: () => void, backend: Backend = 'pglite'): void {
  const couldNotRun =
    (executablePath === undefined ? `none of ${NAMES.join(', ')} is on the PATH` : undefined) ??
    (backend === 'postgres' ? missing('postgres') : undefined);
  describe(name, couldNotRun === undefined ? {} : { skip: true, meta: { couldNotRun } }, suite);
}

/** Stopped at the end of the file. */
export async function launchBrowser(): Promise<Browser> {
  if (executablePath === undefined) throw new Error('There is no browser');
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-background-networking'],
    // Playwright turns the cache off that one of the tests is about.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  });
  stopAtEnd(() => browser.close());
  return browser;
}
