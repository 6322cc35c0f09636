import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { registerAndVerify } from '../support/accounts.js';
import { describeInBrowser, launchBrowser } from '../support/browser.js';
import { startFrontEnd } from '../support/front-end.js';
import { readmeExample } from '../support/readme.js';
import { until } from '../support/wait.js';

describeInBrowser('the code for front ends in README.md', () => {
  it('runs in a browser', async () => {
    const [frontEnd, browser] = await Promise.all([startFrontEnd(), launchBrowser()]);
    const account = await registerAndVerify(frontEnd.gateway);
    const { outputFiles } = await build({
      stdin: {
        contents: readmeExample(frontEnd.proxy.url, account),
        resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      },
      bundle: true,
      format: 'esm',
      write: false,
      logLevel: 'error',
    });
    const page = await browser.newPage();
    const lines: string[] = [];
    page.on('console', (message) => void (message.type() === 'log' && lines.push(message.text())));
    await page.goto(frontEnd.origin);
    await page.addScriptTag({ type: 'module', content: outputFiles[0]?.text ?? '' });
    await until('the code to be done', () => lines.length === 4);
    expect(lines).toEqual(['signedOut', 'signedIn', expect.stringContaining('me'), 'signedOut']);
  });
});
