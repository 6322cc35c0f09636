import 'reflect-metadata';
import { availableParallelism } from 'node:os';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FailureCounterStore } from '../../../src/features/lockout/failure-counter.store.js';
import { Guess } from '../../../src/features/lockout/guess.js';
import { PasswordHashing } from '../../../src/features/passwords/hashing.js';
import { HashingQueue } from '../../../src/features/passwords/hashing-queue.js';
import { queryRows } from '../../../src/platform/database.js';
import type { DatabaseHandle } from '../../../src/platform/database-handle.js';
import { AuthError } from '../../../src/platform/error.js';
import { createLog } from '../../../src/platform/log.js';
import { connectDatabase } from '../../../src/platform/startup.js';
import { embeddedDatabase } from '../../support/gateway.js';

const WRONG = 'a quite Wrong phrase 12';

type Step =
  | { readonly act: 'begin' | 'clear' }
  /** The outcome of the guess that runs longest. */
  | { readonly act: 'wrong' | 'right' | 'die' }
  | { readonly act: 'wait'; readonly minutes: number }
  | { readonly act: 'set'; readonly threshold: number };

describe('a guess', () => {
  const rule = (threshold: number) => ({ threshold, minutes: 15 });
  let handle: DatabaseHandle;
  let counters: FailureCounterStore;
  let keys = 0;

  beforeAll(async () => {
    handle = await connectDatabase({ url: await embeddedDatabase(), poolSize: 1 }, createLog('silent'));
    counters = new FailureCounterStore(handle.db);
  });
  afterAll(() => handle.close());

  /** Moves the times of the counter into the past. */
  const wait = (key: string, minutes: number) =>
    queryRows(
      handle.db,
      sql`UPDATE failure_counters SET updated_at = updated_at - make_interval(mins => ${minutes}::int),
        locked_until = locked_until - make_interval(mins => ${minutes}::int) WHERE key = ${key}`,
    );

  it('locks after the first failure if the threshold is 1, even if the counter was cleared meanwhile', async () => {
    const guess = await Guess.begin(counters, rule(1), ['cleared']);
    await counters.clear(handle.db, ['cleared']);
    expect(await guess.fail()).toEqual(['cleared']);
    const { code, details } = await refusal(Guess.begin(counters, rule(1), ['cleared']));
    expect([code, details]).toEqual(['ACCOUNT_LOCKED', { retryAfter: 900 }]);
  });

  it('finds and clears keys with any characters, among many', async () => {
    const hostile = [
      'a,b',
      '{a}',
      'quote"',
      'back\\slash',
      "'; drop table users;--",
      'NULL',
      '',
      ' ',
      'ключ',
    ];
    const others = Array.from({ length: 70_000 }, (_, n) => `other-${n}`);
    for (const key of hostile) expect((await counters.count(key, 1, rule(1))).outcome).toBe('locked');
    expect([...(await counters.lockedUntil([...hostile, ...others])).keys()].sort()).toEqual(
      [...hostile].sort(),
    );
    await counters.clear(handle.db, [...others, ...hostile]);
    expect((await counters.lockedUntil(hostile)).size).toBe(0);
  });

  it('counts for a second key without reporting it, and stops when the first is locked', async () => {
    const failures = async () =>
      queryRows<{ key: string; failures: number }>(
        handle.db,
        sql`SELECT key, failures FROM failure_counters WHERE key LIKE 'two-%' ORDER BY key`,
      );
    const guesses = await Promise.all(
      [1, 2, 3].map(() => Guess.begin(counters, rule(2), ['two-loud', 'two-silent'])),
    );
    await counters.count('two-silent', 1, rule(2));
    expect(await guesses[0]?.fail()).toEqual(['two-silent']);
    // The account is locked, the identifier is not: the password is compared, but cannot pass.
    expect(await guesses[1]?.mayCompare()).toBe(true);
    expect(await guesses[1]?.mayPass()).toBe(false);
    expect(await guesses[1]?.fail()).toEqual(['two-loud']);
    expect(await guesses[2]?.mayCompare()).toBe(false);
    expect((await refusal(guesses[2]?.fail())).code).toBe('ACCOUNT_LOCKED');
    expect(await failures()).toEqual([
      { key: 'two-loud', failures: 2 },
      { key: 'two-silent', failures: 2 },
    ]);
  });

  it('compares about as many of fifty concurrent passwords as the threshold: at most two more per core', async () => {
    const threshold = 5;
    const hashing = new PasswordHashing({ bcryptCost: 10, peppers: [] }, new HashingQueue());
    const stored = await hashing.hash('the right One 4711');
    let compared = 0;
    const attempt = async () => {
      const guess = await Guess.begin(counters, rule(threshold), ['fifty']);
      const counting = {
        async mayCompare() {
          const may = await guess.mayCompare();
          if (may) compared += 1;
          return may;
        },
        mayPass: () => guess.mayPass(),
      };
      expect(await hashing.verify(WRONG, [stored, undefined], counting)).toBeUndefined();
      await guess.fail();
    };
    const results = await Promise.allSettled(Array.from({ length: 50 }, attempt));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(threshold);
    expect(compared).toBeGreaterThanOrEqual(threshold);
    expect(compared).toBeLessThan(threshold + 2 * availableParallelism());
  });

  it('reports as many wrong passwords as the threshold before a lock, after any history and with overlapping guesses', async () => {
    const step: fc.Arbitrary<Step> = fc.oneof(
      { weight: 5, arbitrary: fc.constant({ act: 'begin' as const }) },
      { weight: 4, arbitrary: fc.constant({ act: 'wrong' as const }) },
      { weight: 2, arbitrary: fc.constantFrom({ act: 'right' as const }, { act: 'die' as const }) },
      { weight: 1, arbitrary: fc.constant({ act: 'clear' as const }) },
      fc.record({ act: fc.constant('wait' as const), minutes: fc.constantFrom(1, 16, 70, 25 * 60) }),
      fc.record({ act: fc.constant('set' as const), threshold: fc.integer({ min: 1, max: 6 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const key = `key-${keys++}`;
        let threshold = 5;
        /** Wrong passwords reported since the last lock, clearing or day without an attempt. */
        let reportedFailures = 0;
        let minutesLocked = 0;
        const running: Guess[] = [];
        /** A refusal reports the rest of the lock, and the key stays locked until its end. */
        const expectLock = (error: AuthError) => {
          expect(error.code).toBe('ACCOUNT_LOCKED');
          const { retryAfter = 0 } = error.details;
          expect(retryAfter).toBeGreaterThan(0);
          expect(retryAfter).toBeLessThanOrEqual(3600);
          if (minutesLocked === 0) expect(reportedFailures).toBeGreaterThanOrEqual(threshold);
          minutesLocked = Math.ceil(retryAfter / 60);
        };
        for (const one of steps) {
          if (one.act === 'set') threshold = one.threshold;
          if (one.act === 'wait') {
            await wait(key, one.minutes);
            if (minutesLocked > 0 && one.minutes >= minutesLocked) reportedFailures = 0;
            if (one.minutes > 24 * 60) reportedFailures = 0;
            minutesLocked = Math.max(0, minutesLocked - one.minutes);
          }
          if (one.act === 'clear') {
            await counters.clear(handle.db, [key]);
            reportedFailures = 0;
            minutesLocked = 0;
          }
          if (one.act === 'begin') {
            const begun = await Guess.begin(counters, rule(threshold), [key]).catch((error) => error);
            if (begun instanceof Guess) {
              expect([minutesLocked, reportedFailures < threshold]).toEqual([0, true]);
              running.push(begun);
            } else expectLock(begun);
          }
          const guess = /wrong|right|die/.test(one.act) ? running.shift() : undefined;
          if (guess === undefined || one.act === 'die') continue;
          threshold = guess.rule.threshold;
          if (one.act === 'right')
            expect(await guess.mayPass()).toBe(minutesLocked === 0 && reportedFailures < threshold);
          if (one.act === 'wrong') {
            const locked = await guess.fail().catch((error) => error);
            if (locked instanceof AuthError) {
              expect(minutesLocked).toBeGreaterThan(0);
              expectLock(locked);
            } else {
              expect(minutesLocked).toBe(0);
              reportedFailures += 1;
              expect(locked).toEqual(reportedFailures >= threshold ? [key] : []);
              if (reportedFailures >= threshold) {
                const until = (await counters.lockedUntil([key])).get(key) as Date;
                minutesLocked = Math.round((until.getTime() - Date.now()) / 60_000);
                expect([15, 30, 60]).toContain(minutesLocked);
              }
            }
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});

async function refusal(promise: Promise<unknown> | undefined): Promise<AuthError> {
  const error = await promise?.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AuthError);
  return error as AuthError;
}
