import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { TimeoutError, withTimeout } from '../../src/platform/with-timeout.js';

const answersAfter = (milliseconds: number) =>
  new Worker(
    `const { parentPort } = require('node:worker_threads');
     parentPort.once('message', () => setTimeout(() => parentPort.postMessage('answer'), ${milliseconds}));`,
    { eval: true },
  );

function block(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

describe('a timeout', () => {
  it('rejects if there is no answer in time', async () => {
    await expect(withTimeout(20, new Promise(() => {}))).rejects.toBeInstanceOf(TimeoutError);
  });

  it('passes the outcome of the work on', async () => {
    await expect(withTimeout(1000, Promise.resolve('done'))).resolves.toBe('done');
    await expect(withTimeout(1000, Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  });

  it('does not ignore an answer that arrived while the event loop was blocked', async () => {
    const worker = answersAfter(10);
    await once(worker, 'online');
    worker.postMessage('question');
    const answer = withTimeout(100, once(worker, 'message'));
    block(400);
    await expect(answer).resolves.toEqual(['answer']);
    await worker.terminate();
  });
});
