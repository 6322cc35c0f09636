import { spawn, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeOnPostgres } from '../../support/backends.js';
import { end, endWithUs, runs } from '../../support/child.js';
import { openDatabase } from '../../support/database.js';
import { builtGateway, freshFolder, runGateway, startGateway } from '../../support/gateway.js';
import { freshDatabase } from '../../support/services.js';
import { migratedFolder } from '../../support/templates.js';
import { freePort, until } from '../../support/wait.js';

type Environment = Record<string, string>;

/** Expects that it exits by itself, with status 1 and one plain line. */
async function expectLine(env: Environment, line: RegExp, dataDir?: string) {
  const run = await runGateway({ PORT: String(await freePort()), ...env }, dataDir ? { dataDir } : {});
  const printed = run.printed.split('\n').filter((one) => one !== '' && !one.includes('"level":30'));
  expect(printed, run.printed).toEqual([expect.stringMatching(line)]);
  expect(run.status).toBe(1);
}

const user = (url: string, name: string, password: string, database?: string) => {
  const changed = new URL(url);
  Object.assign(changed, { username: name, password, ...(database && { pathname: `/${database}` }) });
  return changed.href;
};

describe.concurrent('a start without a server for the database', () => {
  it('names the address that it could not connect to', async () => {
    const closed = await freePort();
    await expectLine(
      { DATABASE_URL: `postgres://u:pw@127.0.0.1:${closed}/db` },
      new RegExp(`^cannot connect to the database \\(DATABASE_URL\\): ECONNREFUSED 127.0.0.1:${closed}$`),
    );
    await expectLine(
      {
        DATABASE_URL: `postgres://u:pw@127.0.0.1:${closed},localhost:${closed}/db?target_session_attrs=primary`,
      },
      /^cannot connect to the database \(DATABASE_URL\): ECONNREFUSED 127\.0\.0\.1:\d+, ECONNREFUSED localhost:\d+$/,
    );
    await expectLine(
      { DATABASE_URL: 'postgres://u:pw@no-such-host.invalid/db' },
      /: (ENOTFOUND|EAI_AGAIN) no-such-host/,
    );
  });
});

describeOnPostgres(
  'a start on Postgres',
  ({ start }) => {
    it('names the fault of the user, the password, the database or its permissions', async () => {
      const url = await freshDatabase();
      const sql = openDatabase({ database: url });
      await sql.unsafe(`CREATE ROLE stranger LOGIN PASSWORD 'pw-of-stranger'; CREATE ROLE reader LOGIN PASSWORD 'pw';
      ALTER ROLE reader SET default_transaction_read_only = on`);
      const line = (state: string) =>
        new RegExp(`^cannot use the database \\(DATABASE_URL\\): ${state}: \\w`);
      await expectLine({ DATABASE_URL: user(url, 'stranger', 'wrong') }, line('28P01'));
      await expectLine({ DATABASE_URL: user(url, 'nobody-there', 'wrong') }, line('28P01'));
      await expectLine({ DATABASE_URL: user(url, 'stranger', 'pw-of-stranger', 'no_such') }, line('3D000'));
      await expectLine({ DATABASE_URL: user(url, 'stranger', 'pw-of-stranger') }, line('42501'));
      await expectLine({ DATABASE_URL: user(url, 'reader', 'pw') }, line('25006|42501'));
      await sql`DROP ROLE stranger`;
      await sql`DROP ROLE reader`;
    });

    it('succeeds without Redis and the mail server', async () => {
      const closed = await freePort();
      const gateway = await start({
        env: { REDIS_URL: `redis://127.0.0.1:${closed}`, SMTP_HOST: '127.0.0.1', SMTP_PORT: String(closed) },
      });
      expect(gateway.logs()).toMatch(/"level":40.*Redis/);
      expect(await gateway.stop()).toBe(0);
    });
  },
  { concurrent: true },
);

describe.concurrent('a start that cannot listen', () => {
  it('reports it before anything else', async () => {
    const port = await freePort();
    const other = createServer();
    await new Promise<void>((listening) => other.listen(port, '127.0.0.1', listening));
    const dataDir = await freshFolder();
    await expectLine(
      { PORT: String(port), DATABASE_URL: 'pglite:postgres' },
      new RegExp(`^cannot listen on 127\\.0\\.0\\.1:${port} \\(HOST, PORT\\): EADDRINUSE: `),
      dataDir,
    );
    other.close();
    expect(spawnSync('ls', [join(dataDir, 'postgres')]).status).not.toBe(0);
    await expectLine(
      { HOST: '192.0.2.1' },
      /^cannot listen on 192\.0\.2\.1:\d+ \(HOST, PORT\): EADDRNOTAVAIL: /,
    );
  });
});

describe.concurrent('a start that cannot write its files', () => {
  it('names the folder', async () => {
    const dataDir = await freshFolder();
    await writeFile(join(dataDir, '.data'), 'not a folder');
    await expectLine(
      {},
      /^cannot store generated secrets in \.data\/secrets: ENOTDIR: .* set JWT_SECRET_KEY$/,
      dataDir,
    );
    const secrets = ['JWT_SECRET_KEY', 'JWT_REFRESH_SECRET_KEY', 'ENCRYPTION_KEY'];
    const env = Object.fromEntries(secrets.map((name) => [name, name.padEnd(40, '-')]));
    await expectLine(
      env,
      /^cannot write the folder of the embedded database \(DATABASE_URL\): ENOTDIR .*\.data/,
      dataDir,
    );
  });

  it('reports a folder with other content', async () => {
    const dataDir = await freshFolder();
    await writeFile(join(dataDir, 'PG_VERSION'), 'none');
    await expectLine(
      { DATABASE_URL: `pglite:${dataDir}` },
      /^cannot open the embedded database pglite:.* \(DATABASE_URL\): .*: restore its folder or name another$/,
    );
  });
});

describe.concurrent('the folder of the embedded database', () => {
  const inUse = /^the embedded database in \S+ \(DATABASE_URL\) is in use by process \d+ on \S+: stop/m;

  it('is refused to a second process, and available as soon as the first is killed', async () => {
    const gateway = await startGateway();
    await expectLine({ ...gateway.env, PORT: String(await freePort()) }, inUse, gateway.dataDir);
    // The refused process did not break the lock of the first.
    await expectLine({ ...gateway.env, PORT: String(await freePort()) }, inUse, gateway.dataDir);
    await gateway.kill();
    const again = await startGateway({ peer: gateway, port: gateway.port });
    expect(await again.stop()).toBe(0);
  });

  it('is opened by at most one of four processes that start at the same moment', async () => {
    const dataDir = await freshFolder();
    await migratedFolder(dataDir);
    let othersHaveEnded = () => {};
    const signalAfter = new Promise<void>((fulfil) => {
      othersHaveEnded = fulfil;
    });
    let ended = 0;
    const starts = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const env = { PORT: String(await freePort()) };
        const run = await runGateway(env, { dataDir, signal: 'SIGTERM', signalAfter });
        ended += 1;
        if (ended === 3) othersHaveEnded();
        return run;
      }),
    );
    const refused = starts.filter(({ printed }) => printed.includes('is in use by '));
    expect(refused, starts.map(({ printed }) => printed).join('\n---\n')).toHaveLength(3);
    expect(starts.map(({ status }) => status).toSorted()).toEqual([0, 1, 1, 1]);
  });

  const unshare = ['--pid', '--fork', '--mount-proc', '--kill-child'];
  const canUnshare = spawnSync('unshare', [...unshare, 'true']).status === 0;
  it.skipIf(!canUnshare)('is refused to a process with the same id in another container', async () => {
    const gateway = await startGateway();
    /** Kills a contained gateway as soon as it has printed `wanted`. */
    const printedBy = async (wanted: RegExp) => {
      const child = spawn('unshare', [...unshare, process.execPath, builtGateway()], {
        cwd: gateway.dataDir,
        env: { PATH: process.env.PATH, ...gateway.env, PORT: String(await freePort()) },
      });
      endWithUs(child);
      let printed = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk) => {
          printed += chunk;
        });
      await until('the output of the gateway', () => wanted.test(printed) || !runs(child));
      await end(child, 'SIGKILL', 1000);
      return printed;
    };
    expect(await printedBy(inUse)).toMatch(inUse);
    await gateway.stop();

    // A gateway that was process 1 of its container was killed: its lock is stale, although the next one is also
    // process 1.
    for (let times = 0; times < 2; times += 1)
      expect(await printedBy(/applying pending migrations/)).toContain('applying pending migrations');
  });
});
