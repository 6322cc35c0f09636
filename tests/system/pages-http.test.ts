import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { freshFolder, startGateway } from '../support/gateway.js';

/** Starts a gateway whose module loader writes down every module; returns their URLs. */
async function modulesWith(pages: string): Promise<string[]> {
  const folder = await freshFolder();
  const log = join(folder, 'modules.txt');
  const hooks = join(folder, 'hooks.mjs');
  const preload = join(folder, 'preload.mjs');
  await writeFile(
    hooks,
    `import { appendFileSync } from 'node:fs';
     export const load = (url, context, next) => {
       appendFileSync(${JSON.stringify(log)}, url + '\\n');
       return next(url, context);
     };`,
  );
  await writeFile(
    preload,
    `import { register } from 'node:module'; register(${JSON.stringify(pathToFileURL(hooks))});`,
  );
  const gateway = await startGateway({
    env: { PAGES: pages, NODE_OPTIONS: `--import ${pathToFileURL(preload)}` },
  });
  await gateway.stop();
  return (await readFile(log, 'utf8')).split('\n');
}

it('loads nothing for the pages if PAGES is none', async () => {
  const isForPages = (url: string) =>
    /\/dist\/src\/http\/pages\.js$|\/dist\/web\/|\/@fastify\/static\//.test(url);
  const [none, account] = [await modulesWith('none'), await modulesWith('account')];
  expect(none.some((url) => url.endsWith('/dist/src/http/server.js'))).toBe(true);
  expect(none.filter(isForPages)).toEqual([]);
  expect(account.filter(isForPages)).toHaveLength(2);
});
