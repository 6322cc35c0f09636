import { spawn, spawnSync } from 'node:child_process';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import { end, endWithUs, runs } from './child.js';
import { identity } from './postgres-server.js';
import { freePort, until } from './wait.js';

/** The path, or undefined if it is not installed. Debian has it in a folder that is not on every PATH. */
const program = ['pgbouncer', '/usr/sbin/pgbouncer'].find(
  (path) => spawnSync(path, ['--version']).status === 0,
);
export const hasPgBouncer = program !== undefined;

export interface PgBouncer {
  /** The URL of the database behind PgBouncer. */
  readonly url: string;
  /** Runs a command of the console, such as `RECONNECT`. */
  command(text: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts PgBouncer in transaction mode before the server of a database.
 * @param folder other users may enter it
 * @param settings lines for its section `[pgbouncer]`
 */
export async function startPgBouncer(
  folder: string,
  database: string,
  settings: readonly string[] = [],
): Promise<PgBouncer> {
  const who = identity();
  const { hostname, port: serverPort, username, password, pathname } = new URL(database);
  const port = await freePort();
  const own = join(folder, `pgbouncer-${port}`);
  await mkdir(own);
  await writeFile(join(own, 'users'), `"${username}" "${password}"\n`);
  await writeFile(
    join(own, 'pgbouncer.ini'),
    [
      '[databases]',
      `* = host=${hostname} port=${serverPort}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = trust',
      `auth_file = ${join(own, 'users')}`,
      `admin_users = ${username}`,
      'pool_mode = transaction',
      'default_pool_size = 4',
      ...settings,
    ].join('\n'),
  );
  if (who.uid !== undefined && who.gid !== undefined) await chown(own, who.uid, who.gid);
  const child = spawn(program as string, ['-q', join(own, 'pgbouncer.ini')], {
    ...who,
    cwd: own,
    stdio: 'ignore',
  });
  endWithUs(child);
  const command = async (text: string) => {
    const console = postgres(`postgres://${username}@127.0.0.1:${port}/pgbouncer`, {
      max: 1,
      prepare: false,
      fetch_types: false,
      onnotice: () => {},
    });
    try {
      await console.unsafe(text).simple();
    } finally {
      await console.end({ timeout: 1 });
    }
  };
  await until('PgBouncer to answer', () => {
    if (!runs(child)) throw new Error(`PgBouncer exited during its start: ${child.exitCode}`);
    return command('SHOW VERSION').then(
      () => true,
      () => false,
    );
  });
  return {
    url: `postgres://${username}@127.0.0.1:${port}${pathname}`,
    command,
    stop: async () => void (await end(child, 'SIGTERM', 5000)),
  };
}
