import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerAndVerify, signIn } from '../support/accounts.js';
import { stopAtEnd } from '../support/at-end.js';
import { runs } from '../support/child.js';
import { createClient } from '../support/client.js';
import { fileMailbox } from '../support/file-mail.js';
import { freshFolder, type Gateway } from '../support/gateway.js';
import { send } from '../support/http.js';
import {
  execute,
  importedNames,
  npmEnvironment,
  type PackedPackage,
  packPackage,
  root,
} from '../support/package.js';
import { freePort, until } from '../support/wait.js';

const env = npmEnvironment();

describe('the package in an empty folder', () => {
  let packed: PackedPackage;
  let folder: string;

  beforeAll(async () => {
    packed = await packPackage();
    folder = await realpath(await freshFolder());
    await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    const peers = Object.entries(packed.manifest.peerDependencies ?? {}).map(
      ([name, range]) => `${name}@${range}`,
    );
    const options = ['--prefer-offline', '--no-audit', '--no-fund'];
    await execute('npm', ['install', ...options, packed.tarball, ...peers], { cwd: folder, env });
  });

  it('serves with npx on the embedded default, signs somebody in, and stops at Ctrl-C', async () => {
    const { stdout } = await execute('npx', ['gatehouse', '--version'], { cwd: folder, env });
    expect(stdout.trim()).toBe(packed.manifest.version);

    const port = await freePort();
    // npx runs a shell, which passes no signal on. So a signal is sent to all of them, as a terminal does for Ctrl-C.
    const options = { cwd: folder, env: { ...env, PORT: String(port) }, detached: true };
    const child = spawn('npx', ['gatehouse'], options);
    const signal = (name: NodeJS.Signals) => process.kill(-(child.pid as number), name);
    stopAtEnd(async () => {
      if (runs(child)) signal('SIGKILL');
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        printed += chunk;
      });
    }
    const url = `http://127.0.0.1:${port}`;
    const readiness = () =>
      send(`${url}/readyz`).then(
        ({ status }) => status === 200,
        () => false,
      );
    await until('the gateway to be ready', readiness, 60_000).catch((error) => {
      throw new Error(`${error.message}\n${printed}`);
    });
    await until('the last line of the start', () => printed.includes('the gateway is ready'));
    expect(printed).not.toContain('without a template');
    for (const place of [`localhost:${port}/graphql`, '.data/postgres', '.data/mail', '.data/secrets']) {
      expect(printed).toContain(place);
    }
    const gateway = { url, client: createClient(url), mail: fileMailbox(folder) } as Gateway;
    const { user } = await signIn(gateway, await registerAndVerify(gateway));
    expect(user.id).toBeTruthy();
    expect((await send(`${url}/graphql`, { headers: { accept: 'text/html' } })).text).toContain('graphiql');
    const ended = once(child, 'exit');
    signal('SIGINT');
    await until('the end of the gateway', async () => !(await readiness()));
    await ended;
    expect(printed).not.toMatch(/"level":[56]0/);
  });

  it('exports each module as ESM, and nothing else', async () => {
    const script = `
      for (const name of ${JSON.stringify(importedNames(packed.manifest))}) {
        const count = Object.keys(await import(name)).length;
        if (count === 0) throw new Error(name + ' exports nothing');
      }
      const refused = [];
      for (const name of ['gatehouse/dist/src/gateway.js', 'gatehouse/schema/api.graphql', 'gatehouse']) {
        await import(name).catch(({ code }) => refused.push(code));
      }
      console.log(JSON.stringify(refused));`;
    const { stdout } = await execute('node', ['--input-type=module', '-e', script], { cwd: folder, env });
    const refusals = Array(packed.manifest.exports['.'] === undefined ? 3 : 2).fill(
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
    );
    expect(JSON.parse(stdout)).toEqual(refusals);
  });

  it.each([
    ['node16', 'node16'],
    ['bundler', 'esnext'],
  ])('has types for each module with moduleResolution %s', async (moduleResolution, module) => {
    const names = importedNames(packed.manifest);
    const lines = names.map((name, index) => `import * as m${index} from '${name}';`);
    const used = `export const used: object[] = [${names.map((_, index) => `m${index}`).join(', ')}];`;
    await writeFile(join(folder, 'app.ts'), [...lines, used, ''].join('\n'));
    const compilerOptions = {
      module,
      moduleResolution,
      target: 'es2022',
      lib: ['ES2023', 'DOM', 'DOM.Iterable'],
      types: [],
      strict: true,
      noEmit: true,
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['app.ts'] }));
    const tsc = join(root, 'node_modules', '.bin', 'tsc');
    const printed = await execute(tsc, ['-p', '.'], { cwd: folder, env }).then(
      () => '',
      ({ stdout }) => String(stdout),
    );
    // Faults in the types of other packages are not ours.
    const faults = printed.split('\n').filter((line) => /^(app\.ts|node_modules\/gatehouse\/)/.test(line));
    expect(faults).toEqual([]);
  });
});
