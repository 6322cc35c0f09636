import { randomBytes } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartupError } from './error.js';

/** Attempts of processes that start at the same moment, before they give up. */
const MAX_ATTEMPTS = 5;
/** How long to wait for the name of the owner. */
const OWNER_TIMEOUT_MS = 500;
/** The limit of macOS. That of Linux is 108. */
const MAX_SOCKET_PATH_BYTES = 103;

/**
 * Locks a folder, so that only one process writes to it. Each process listens on its own Unix socket in the folder, and
 * then connects to the sockets of all others. If one accepts the connection, its owner is alive.
 *
 * A lock file with a process id would not be enough: after SIGKILL it stays, and in each container the gateway has the
 * id 1. The operating system closes a socket whenever its process ends, and other containers of the machine can
 * connect to it.
 *
 * If two processes start at once, each can be seen before it looks for others. So at least one sees the other, and
 * releases its lock.
 *
 * @returns releases the lock
 * @throws StartupError if another process has the folder, or the file system does not support Unix sockets
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  let owner = '';
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    if (attempt > 0) await sleep(50 + Math.random() * 150);
    const lock = await announce(folder);
    const others = await socketsOf(folder, lock.file);
    const answers = await Promise.all(others.map(ownerOf));
    const found = answers.find((answer) => answer !== undefined);
    if (found === undefined) return lock.release;
    await lock.release();
    owner = found;
  }
  throw new StartupError([
    `the embedded database in ${folder} (DATABASE_URL) is in use by ${owner}: stop that process first`,
  ]);
}

const socketPath = (folder: string, id: string, suffix: string) => join(folder, `.gatehouse-${id}.${suffix}`);

/** A socket gets its final name after it listens, so a socket that refuses connections is stale. */
async function announce(folder: string): Promise<{ file: string; release: () => Promise<void> }> {
  const id = randomBytes(4).toString('hex');
  const file = socketPath(folder, id, 'lock');
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(`process ${process.pid} on ${hostname()}`);
  });
  server.unref();
  try {
    await listen(server, shortened(socketPath(folder, id, 'temp')));
    await rename(socketPath(folder, id, 'temp'), file);
  } catch (error) {
    server.close();
    const { code } = error as NodeJS.ErrnoException;
    throw new StartupError([
      `cannot lock the embedded database in ${folder} (DATABASE_URL): ${code}: it must be writable and on a local disk`,
    ]);
  }
  return {
    file,
    async release() {
      await rm(file, { force: true });
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function socketsOf(folder: string, own: string): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => /^\.gatehouse-[0-9a-f]{8}\.lock$/.test(name))
    .map((name) => join(folder, name))
    .filter((file) => file !== own);
}

/** The process that listens on a socket. If there is none, removes the socket. */
async function ownerOf(file: string): Promise<string | undefined> {
  const answer = await ask(shortened(file));
  if (answer === undefined) await rm(file, { force: true });
  return answer;
}

function ask(path: string): Promise<string | undefined> {
  return new Promise((done) => {
    let answer = '';
    const socket = connect(path);
    const finish = () => {
      socket.destroy();
      done(answer || 'another process');
    };
    socket.setEncoding('utf8').setTimeout(OWNER_TIMEOUT_MS, finish);
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.once('end', finish);
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ECONNREFUSED' || code === 'ENOENT') done(undefined);
      else finish();
    });
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(path, done);
  });
}

/** The path of a socket must be short. The path relative to the working folder often is. */
function shortened(path: string): string {
  const fromHere = relative(process.cwd(), resolve(path));
  const shorter = fromHere.length < path.length ? fromHere : path;
  if (Buffer.byteLength(shorter) > MAX_SOCKET_PATH_BYTES)
    throw Object.assign(new Error('path too long'), { code: 'ENAMETOOLONG' });
  return shorter;
}
