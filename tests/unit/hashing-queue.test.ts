import { availableParallelism } from 'node:os';
import { describe, expect, it, vi } from 'vitest';
import { HashingQueue } from '../../src/features/passwords/hashing-queue.js';
import { AuthError } from '../../src/platform/error.js';
import { sleep } from '../support/wait.js';

const CORES = availableParallelism();

/** Hashes that end when the test says so, and the order in which they started. */
function pendingHashes(queue: HashingQueue) {
  const started: number[] = [];
  const endings: (() => void)[] = [];
  const runs: Promise<unknown>[] = [];
  const add = () => {
    const id = runs.length;
    const run = queue.run(() => {
      started.push(id);
      return new Promise<void>((done) => endings.push(done));
    });
    run.catch(() => {});
    runs.push(run);
    return run;
  };
  return { started, endings, add };
}

describe('the hashing queue', () => {
  it('runs one hash per core, and the others in order of arrival', async () => {
    const queue = new HashingQueue();
    const { started, endings, add } = pendingHashes(queue);
    for (let i = 0; i < CORES + 5; i += 1) add();
    await sleep(10);
    expect(started).toHaveLength(CORES);
    expect(queue.length).toBe(CORES + 5);
    for (let ended = 0; ended < CORES + 5; ended += 1) {
      endings[ended]?.();
      await sleep(5);
      expect(started).toHaveLength(Math.min(CORES + ended + 1, CORES + 5));
    }
    expect(started).toEqual(started.toSorted((a, b) => a - b));
    expect(queue.length).toBe(0);
  });

  it('refuses the 65th waiting hash, with the estimated wait as retryAfter', async () => {
    const queue = new HashingQueue();
    const { started, add } = pendingHashes(queue);
    for (let i = 0; i < CORES + 64; i += 1) add();
    const refusal = await add().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AuthError);
    expect(refusal).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      details: { retryAfter: Math.ceil((65 * 0.25) / CORES) },
    });
    expect(queue.length).toBe(CORES + 64);
    expect(started).not.toContain(CORES + 64);
  });

  it('refuses a wait of more than 15 seconds, estimated from previous hashes', async () => {
    const queue = new HashingQueue();
    // Simulates hashes of four seconds, as on a slow machine.
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    for (let i = 0; i < 50; i += 1) {
      await queue.run(async () => {
        now += 4000;
      });
    }
    clock.mockRestore();
    const { add } = pendingHashes(queue);
    let accepted = 0;
    let refusal: unknown;
    while (refusal === undefined && accepted < CORES + 64) {
      const run = add();
      const outcome = await Promise.race([run.catch((error: unknown) => error), sleep(1)]);
      if (outcome instanceof AuthError) refusal = outcome;
      else accepted += 1;
    }
    expect(refusal).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect((refusal as AuthError).details.retryAfter).toBeGreaterThanOrEqual(15);
    expect(accepted).toBeLessThan(CORES + 64);
  });

  it('continues after a hash that fails', async () => {
    const queue = new HashingQueue();
    const failing = Array.from({ length: CORES * 3 }, () =>
      queue.run(async () => {
        throw new Error('not a hash');
      }),
    );
    const outcomes = await Promise.allSettled(failing);
    expect(outcomes.map(({ status }) => status)).toEqual(Array(CORES * 3).fill('rejected'));
    expect(await queue.run(async () => 'hashed')).toBe('hashed');
    expect(queue.length).toBe(0);
  });
});
