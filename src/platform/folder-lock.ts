import { randomBytes } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartupError } from './error.js';

/** How often two processes that start at the same moment try again before both give up. */
const ATTEMPTS = 5;
/** How long (ms) the owner may take to say who it is. */
const ANSWER_TIMEOUT_MS = 500;
/** Longest path of a Unix socket in bytes on macOS; 108 on Linux. */
const MAX_SOCKET_PATH = 103;

/**
 * Keeps a second process out of a folder that only one may write. Each process that wants the folder listens on
 * a Unix socket of its own in it (two containers may share nothing else), then connects to the sockets of all
 * others. The operating system closes a socket with its process, however that ends, and a connection shows from
 * any container of the machine whether the owner lives. A process id does not: each container has a process 1.
 *
 * Safe if two start at once: each is visible before it looks for others, so at least one sees the other. Whoever
 * sees another withdraws.
 *
 * @returns unlocks
 * @throws StartupError if another process holds the folder, or if the file system has no Unix sockets
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  let owner = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
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

/** Sockets get their final name when they listen already: one that refuses a connection is stale. */
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

/** Who listens on a socket; undefined if nobody does, and the socket is removed then. */
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
    socket.setEncoding('utf8').setTimeout(ANSWER_TIMEOUT_MS, finish);
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

/** Paths of sockets must be short: the one from the working folder often is. */
function shortened(path: string): string {
  const fromHere = relative(process.cwd(), resolve(path));
  const shorter = fromHere.length < path.length ? fromHere : path;
  if (Buffer.byteLength(shorter) > MAX_SOCKET_PATH)
    throw Object.assign(new Error('path too long'), { code: 'ENAMETOOLONG' });
  return shorter;
}
