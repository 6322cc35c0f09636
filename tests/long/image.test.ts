import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerAndVerify, signIn } from '../support/accounts.js';
import { stopAtEnd } from '../support/at-end.js';
import { end, endWithUs } from '../support/child.js';
import { createClient } from '../support/client.js';
import { buildImage, type Image, programOf, readDockerfile, type Stage } from '../support/dockerfile.js';
import { defined, freshFolder, type Gateway } from '../support/gateway.js';
import { send } from '../support/http.js';
import { kubernetesResources } from '../support/manifests.js';
import { execute, npmEnvironment } from '../support/package.js';
import { identity } from '../support/postgres-server.js';
import { type Environment, faultlessProduction } from '../support/production.js';
import { freshDatabase, freshRedis } from '../support/services.js';
import { type MailServer, startMailServer } from '../support/smtp.js';
import { freePort, until } from '../support/wait.js';

const BUILD_MS = 20 * 60_000;

const stage = readDockerfile().at(-1) as Stage;
const entrypoint = programOf(stage, 'ENTRYPOINT');
const jobs = kubernetesResources().filter(({ kind }) => kind === 'Job');
const deployments = kubernetesResources().filter(({ kind }) => kind === 'Deployment');

describe('the image', () => {
  let image: Image;
  let mail: MailServer;

  beforeAll(async () => {
    const folder = await realpath(await freshFolder());
    image = await buildImage(folder, npmEnvironment());
    // As in an image that is mounted read-only, and whose files belong to another user.
    await execute('chmod', ['-R', 'a-w,a+rX', image.folder]);
    for (const path of [folder, join(image.folder, '..')]) await chmod(path, 0o755);
    mail = await startMailServer();
    stopAtEnd(() => execute('chmod', ['-R', 'u+w', image.folder]));
  }, BUILD_MS);

  /** A process of the image: with its variables, without root, and without a folder that it can write to. */
  function run(program: readonly string[], given: Environment): ChildProcess & { printed: string } {
    const [command = '', ...args] = program;
    const child = Object.assign(
      spawn(command, args, {
        ...identity(),
        cwd: image.folder,
        env: { PATH: process.env.PATH, HOME: '/', TMPDIR: '/', ...image.env, ...defined(given) },
      }),
      { printed: '' },
    );
    endWithUs(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        child.printed += chunk;
      });
    }
    return child;
  }

  async function statusOf(program: readonly string[], given: Environment) {
    const child = run(program, given);
    await once(child, 'close');
    return { status: child.exitCode, printed: child.printed };
  }

  /** Settings of a production on the servers of the run; HOST and NODE_ENV are those of the image. */
  const production = async (): Promise<Environment> => ({
    ...faultlessProduction(),
    HOST: undefined,
    NODE_ENV: undefined,
    PORT: String(await freePort()),
    PAGES: 'account,console',
    DATABASE_URL: await freshDatabase(),
    REDIS_URL: await freshRedis(),
    ...mail.env,
  });

  it('contains the package with the dependencies of production, and no others', () => {
    const names = readdirSync(image.folder);
    expect(names.toSorted()).toEqual(
      [
        ...[
          '.npmrc',
          'CHANGELOG.md',
          'LICENSE',
          'README.md',
          'dist',
          'drizzle',
          'node_modules',
          'package-lock.json',
        ],
        ...['package.json', 'schema'],
      ].toSorted(),
    );
    for (const name of ['vitest', 'typescript', 'esbuild', 'vite', 'graphiql', '@apollo/client'])
      expect(existsSync(join(image.folder, 'node_modules', name)), name).toBe(false);
  });

  it('serves in production, reports its health, signs somebody in, and stops at SIGTERM', async () => {
    const settings = await production();
    const url = `http://127.0.0.1:${settings.PORT}`;
    const healthcheck = programOf(stage, 'HEALTHCHECK');
    expect((await statusOf(healthcheck, settings)).status).toBe(1);

    const child = run([...entrypoint, ...programOf(stage, 'CMD')], settings);
    const health = async () => (await statusOf(healthcheck, settings)).status === 0;
    await until('the image to be healthy', health, 60_000, 500).catch((error) => {
      throw new Error(`${error.message}\n${child.printed}`);
    });
    const [container] = deployments[0].spec.template.spec.containers;
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
      expect((await send(`${url}${container[probe].httpGet.path}`)).status, probe).toBe(200);
    expect((await send(`${url}/sign-in`)).status).toBe(200);

    const gateway = { url, client: createClient(url), mail } as unknown as Gateway;
    const { user } = await signIn(gateway, await registerAndVerify(gateway));
    expect(user.id).toBeTruthy();
    expect(await end(child, 'SIGTERM', 20_000)).toBe(0);
    expect(child.printed).not.toMatch(/"level":[456]0/);
  });

  it('applies the migrations as the job of Kubernetes runs it', async () => {
    const settings = await production();
    const [{ args }] = jobs[0].spec.template.spec.containers;
    const { status, printed } = await statusOf([...entrypoint, ...args], settings);
    expect(printed).toContain('all migrations are applied');
    expect(status).toBe(0);
  });

  it('cannot write into its folder', async () => {
    const { status, printed } = await statusOf(entrypoint, {
      NODE_ENV: 'development',
      PORT: String(await freePort()),
    });
    expect(printed).toContain('.data');
    expect(status).toBe(1);
  });
});
