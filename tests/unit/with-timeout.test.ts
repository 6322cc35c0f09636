import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { TimeoutError, withTimeout } from '../../src/platform/with-timeout.js';

/** A server in another thread, which answers after 10 ms. */
const SERVER = `
  const { createServer } = require('node:net');
  const { parentPort } = require('node:worker_threads');
  const server = createServer((socket) => socket.on('data', () => setTimeout(() => socket.write('answer'), 10)));
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`;

/** Blocks in the phase of the event loop that precedes the expired timers. */
const blockEventLoop = (milliseconds: number) =>
  new Promise<void>((done) =>
    setImmediate(() => {
      const until = performance.now() + milliseconds;
      while (performance.now() < until);
      done();
    }),
  );

describe('withTimeout', () => {
  it('rejects if there is no answer in time', async () => {
    await expect(withTimeout(20, new Promise(() => {}))).rejects.toBeInstanceOf(TimeoutError);
  });

  it('passes on the outcome of the work', async () => {
    await expect(withTimeout(1000, Promise.resolve('done'))).resolves.toBe('done');
    await expect(withTimeout(1000, Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  });

  it('accepts an answer that arrived while the event loop was blocked', async () => {
    const worker = new Worker(SERVER, { eval: true });
    const [port] = await once(worker, 'message');
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('question');
    const answer = withTimeout(100, once(socket, 'data').then(String));
    await sleep(1);
    await blockEventLoop(400);
    await expect(answer).resolves.toBe('answer');
    socket.destroy();
    await worker.terminate();
  });
});
