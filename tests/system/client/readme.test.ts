import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { registerAndVerify } from '../../support/accounts.js';
import { endpointOf } from '../../support/body-client.js';
import { startGateway } from '../../support/gateway.js';
import { readmeExample } from '../../support/readme.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** Inside of the package: its name then resolves to itself, by its exports, as it does for a dependent. */
const folder = join(root, 'tests/generated/readme');

it('signs in, asks and signs out by the code in README.md, which compiles', async () => {
  const gateway = await startGateway();
  const account = await registerAndVerify(gateway);
  const code = readmeExample(endpointOf(gateway), account);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'example.ts'), code);
  writeFileSync(join(folder, 'example.mjs'), code);
  const options = [
    '--strict',
    '--noEmit',
    '--module',
    'esnext',
    '--moduleResolution',
    'bundler',
    '--target',
    'es2022',
  ];
  const tsc = join(root, 'node_modules/.bin/tsc');
  execFileSync(
    tsc,
    [...options, '--ignoreConfig', '--lib', 'es2022,dom,dom.iterable', '--types', '', 'example.ts'],
    {
      cwd: folder,
      stdio: 'inherit',
    },
  );
  const { stdout } = await promisify(execFile)(process.execPath, ['example.mjs'], { cwd: folder });
  expect(stdout.trim().split('\n')).toEqual([
    'signedOut',
    'signedIn',
    `{ me: { __typename: 'User', username: '${account.username}' } }`,
    'signedOut',
  ]);
});
