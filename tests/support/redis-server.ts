import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { end, endWithUs, runs } from './child.js';
import { freePort, until } from './wait.js';

export interface RedisServer {
  readonly url: string;
  readonly pid: number;
  /** Starts the server again after `stop`, on the same port, with the data of its last `SAVE`. */
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * Starts a `redis-server` from the PATH on a random port. It writes nothing to disk by itself; after a `SAVE` it
 * restarts from that dump.
 */
export async function startRedis(
  folder: string,
  settings: Record<string, string | number> = {},
): Promise<RedisServer> {
  const cwd = await mkdtemp(join(folder, 'redis-'));
  const port = await freePort();
  let child: ChildProcess;
  const start = async () => {
    let failure: Error | undefined;
    const options = {
      port,
      bind: '127.0.0.1',
      databases: 256,
      save: '',
      appendonly: 'no',
      dir: cwd,
      ...settings,
    };
    const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    child = spawn('redis-server', flags, { cwd, stdio: 'ignore' });
    child.once('error', (error: NodeJS.ErrnoException) => {
      failure = error.code === 'ENOENT' ? new Error('redis-server is not on the PATH') : error;
    });
    endWithUs(child);
    await until('Redis to answer', () => {
      if (failure) throw failure;
      if (!runs(child)) throw new Error('redis-server exited during its start');
      return answers(port);
    });
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return child.pid as number;
    },
    start,
    stop: async (signal = 'SIGTERM') => {
      await end(child, signal, 5_000);
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (data) => settle(data.toString().startsWith('+PONG')));
    socket.once('error', () => settle(false));
    socket.setTimeout(2000, () => settle(false));
  });
}
