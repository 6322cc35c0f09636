import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { login, registerAndVerify } from '../../support/accounts.js';
import { command } from '../../support/administration.js';
import { end, endWithUs } from '../../support/child.js';
import { builtGateway, freshFolder, startGateway } from '../../support/gateway.js';
import { migratedFolder } from '../../support/templates.js';
import { freePort, until } from '../../support/wait.js';

describe('the log', () => {
  it('consists of JSON lines, and the last line of the start names the locations', async () => {
    const gateway = await startGateway({ env: { JWT_SECRET: 'misspelt' } });
    await until('the last log line of the start', () => gateway.logs().includes('the gateway is ready'));
    const lines = gateway
      .logs()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const steps = lines.filter(({ level }) => level === 30).map(({ msg }) => msg);
    expect(steps).toEqual([
      'opening the database',
      'applying pending migrations',
      'starting the gateway',
      'the gateway is ready',
    ]);
    expect(lines.at(-1)).toMatchObject({
      url: `http://localhost:${gateway.port}/graphql`,
      database: `${gateway.dataDir}/.data/postgres`,
      mail: `${gateway.dataDir}/.data/mail`,
      secrets: `${gateway.dataDir}/.data/secrets`,
      store: 'in-process',
    });
    const warned = lines.filter(({ level }) => level === 40).map(({ msg }) => msg);
    expect(warned).toContain('JWT_SECRET is not a variable of the gateway: did you mean JWT_SECRET_KEY?');
    expect(gateway.logs()).not.toContain('misspelt');
  });

  it('warns once about a cookie that the browser will not send back', async () => {
    const gateway = await startGateway({ env: { CORS_ORIGINS: 'http://localhost:3000' } });
    const account = await registerAndVerify(gateway);
    const from = (origin: string) =>
      login(gateway, account, { tokenDelivery: 'COOKIE' }, { headers: { origin } });
    const warnings = () =>
      gateway
        .logs()
        .split('\n')
        .filter((line) => line.includes('will not send the cookie back'))
        .map((line) => JSON.parse(line));
    await from(`http://127.0.0.1:${gateway.port}`);
    expect(warnings()).toEqual([]);
    for (let times = 0; times < 2; times += 1) await from('http://localhost:3000');
    await until('the warning in the log', () => warnings().length > 0);
    expect(warnings()).toEqual([
      expect.objectContaining({
        level: 40,
        origin: 'http://localhost:3000',
        host: `127.0.0.1:${gateway.port}`,
      }),
    ]);
  });

  const canScript = spawnSync('script', ['--version']).status === 0;
  it.skipIf(!canScript)('is readable text on a terminal', async () => {
    const dataDir = await freshFolder();
    await migratedFolder(dataDir);
    const port = await freePort();
    const line = `exec ${process.execPath} ${builtGateway()}`;
    const child = spawn('script', ['-qefc', line, '/dev/null'], {
      cwd: dataDir,
      env: { PATH: process.env.PATH, HOME: dataDir, PORT: String(port), TERM: 'xterm', SHELL: '/bin/sh' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    endWithUs(child);
    let shown = '';
    child.stdout.on('data', (chunk) => {
      shown += chunk;
    });
    await until('the gateway to be ready', () => shown.includes('the gateway is ready'));
    expect(shown).toContain(`http://localhost:${port}/graphql`);
    expect(shown).toMatch(/\[\d\d:\d\d:\d\d\].*INFO.*opening the database/);
    expect(shown).not.toMatch(/"level"|"msg"/);
    // Ctrl-C on the terminal.
    const closed = once(child, 'exit');
    child.stdin.write('\x03');
    await closed;
    expect(shown).toContain('stopping');
    await end(child, 'SIGTERM', 5000);
  });
});

describe('every command', () => {
  const names = ['serve', 'migrate', 'admin', 'audit', 'schema', 'seed'] as const;

  it('has --help, which does nothing else, and exits with 2 for invalid arguments', async () => {
    for (const name of names) {
      const at = { dataDir: await freshFolder(), env: {} };
      const helped = await command(name, ['--help'], at);
      expect(helped, name).toMatchObject({ status: 0, err: '' });
      expect(helped.out).toContain(`gatehouse ${name}`);
      const misused = await command(name, ['--no-such-option'], at);
      expect(misused, name).toMatchObject({ status: 2, out: '' });
      expect(misused.err).toContain(`gatehouse ${name}`);
      expect((await command(name, ['one', 'too', 'many'], at)).status, name).toBe(2);
      expect(await readdir(at.dataDir), name).toEqual([]);
    }
  });

  it('is listed by gatehouse --help', () => {
    const { status, stdout } = spawnSync(process.execPath, [builtGateway(), '--help'], { encoding: 'utf8' });
    expect(status).toBe(0);
    for (const name of names) expect(stdout).toMatch(new RegExp(`^ +${name} +[A-Z]`, 'm'));
    expect(spawnSync(process.execPath, [builtGateway(), 'no-such']).status).toBe(2);
  });

  it('reports configuration faults in plain lines', async () => {
    const env = { TRUST_PROXY: 'true', DATABASE_URL: 'pglite:memory' };
    for (const [name, ...args] of [
      ['migrate'],
      ['audit', 'seal'],
      ['admin', 'create', '--username=ada', '--email=a@b.de'],
    ] as const) {
      const { status, err, out } = await command(name, args, { dataDir: await freshFolder(), env });
      expect({ status, out }, err).toEqual({ status: 1, out: '' });
      expect(err).toMatch(/^TRUST_PROXY must be [^\n]*\n$/);
    }
  });
});
