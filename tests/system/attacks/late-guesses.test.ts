import 'reflect-metadata';
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { User } from '../../../src/features/accounts/index.js';
import { FailureCounterStore } from '../../../src/features/lockout/failure-counter.store.js';
import { Guess } from '../../../src/features/lockout/guess.js';
import { PasswordHashing } from '../../../src/features/passwords/hashing.js';
import { HashingQueue } from '../../../src/features/passwords/hashing-queue.js';
import { checkPassword } from '../../../src/features/sign-in/check-password.js';
import type { DatabaseHandle } from '../../../src/platform/database-handle.js';
import { createLog } from '../../../src/platform/log.js';
import { connectDatabase } from '../../../src/platform/startup.js';
import { embeddedDatabase } from '../../support/gateway.js';
import { expectSameTime, roundsOf } from '../../support/timing.js';

const WRONG = 'a quite Wrong phrase 12';
/** Locks after the first failure. */
const RULE = { threshold: 1, minutes: 15 };

describe('a password check', () => {
  let handle: DatabaseHandle;
  let counters: FailureCounterStore;
  let keys = 0;

  beforeAll(async () => {
    handle = await connectDatabase({ url: await embeddedDatabase(), poolSize: 1 }, createLog('silent'));
    counters = new FailureCounterStore(handle.db);
  });
  afterAll(() => handle.close());

  it('releases its slot in the hashing queue while the database does not answer', async () => {
    const hashing = new PasswordHashing({ bcryptCost: 10, peppers: [] }, new HashingQueue());
    const stored = await hashing.hash(WRONG);
    const frozen = { mayCompare: () => new Promise<boolean>(() => {}), mayPass: async () => true };
    const startedAt = performance.now();
    const rounds = 3;
    const results = await Promise.allSettled(
      Array.from({ length: rounds * availableParallelism() }, () => hashing.verify(WRONG, [stored], frozen)),
    );
    for (const result of results) expect(result).toMatchObject({ reason: { code: 'TIMEOUT' } });
    expect(performance.now() - startedAt).toBeLessThan((rounds + 2) * 1000);
    const open = { mayCompare: async () => true, mayPass: async () => true };
    expect(await hashing.verify(WRONG, [stored], open)).toEqual({ index: 0, needsRehash: false });
  });

  it('takes the same time for a right password that comes too late as for a wrong one', async () => {
    const hashing = new PasswordHashing({ bcryptCost: 12, peppers: [] }, new HashingQueue());
    const right = 'the right One 4711';
    const user = { passwordHash: await hashing.hash(right) } as User;
    const tryLate = async (password: string) => {
      const key = `late-${keys++}`;
      const guess = await Guess.begin(counters, RULE, [`${key}-loud`, key]);
      await counters.count(key, 1, RULE);
      const candidates = { user, alsoPending: { user: undefined } };
      expect(await checkPassword(hashing, password, candidates, guess)).toBeUndefined();
    };
    await expectSameTime(
      () => tryLate(right),
      () => tryLate(WRONG),
      { rounds: roundsOf(20), warmUp: 1 },
    );
  });
});
