import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { describe } from 'vitest';
import { stopAtEnd } from './at-end.js';
import type { Backend } from './gateway.js';
import { missing } from './services.js';

/** Programs in the order in which they are looked for on the PATH. */
const WHOLE = ['chromium', 'chromium-browser', 'google-chrome'];
/** The same engine without the parts around the pages needs half the CPU. It has no back-forward cache. */
const SHELL_FIRST = ['chromium-headless-shell', ...WHOLE];

const onPath = (names: readonly string[]): string | undefined =>
  names
    .flatMap((name) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)))
    .find((file) => existsSync(file));

/** A suite that needs a browser. If it or the backend is missing, the end of the run names the suite and why. */
export function describeInBrowser(name: string, suite: () => void, backend: Backend = 'pglite'): void {
  const couldNotRun =
    (onPath(WHOLE) === undefined ? `none of ${WHOLE.join(', ')} is on the PATH` : undefined) ??
    (backend === 'postgres' ? missing('postgres') : undefined);
  describe(name, couldNotRun === undefined ? {} : { skip: true, meta: { couldNotRun } }, suite);
}

/** The headless shell if it is there. Stopped at the end of the file. */
export const launchBrowser = (): Promise<Browser> => launch(SHELL_FIRST);

/** Never the headless shell. Stopped at the end of the file. */
export const launchWholeBrowser = (): Promise<Browser> => launch(WHOLE);

async function launch(names: readonly string[]): Promise<Browser> {
  const executablePath = onPath(names);
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
