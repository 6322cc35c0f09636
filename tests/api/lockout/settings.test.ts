import 'reflect-metadata';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FailureCounterStore } from '../../../src/features/lockout/failure-counter.store.js';
import { rowsOf } from '../../../src/platform/database.js';
import type { DatabaseHandle } from '../../../src/platform/database-handle.js';
import { createLog } from '../../../src/platform/log.js';
import { connectDatabase } from '../../../src/platform/startup.js';
import { type Account, login, registerAndVerify, signIn } from '../../support/accounts.js';
import { expectCode } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnBackends, startGateway } from '../../support/in-process.js';

const WRONG = 'a quite Wrong phrase 12';

describeOnBackends('a lockout whose settings change', ({ start }) => {
  let gateway: Gateway;
  let guessed: Account;
  let locked: Account;

  const guess = (identifier: string, password = WRONG) => login(gateway, { username: identifier, password });
  const restart = async (threshold: number) => {
    await gateway.stop();
    gateway = await startGateway({ peer: gateway, env: { LOCKOUT_THRESHOLD: String(threshold) } });
  };

  beforeAll(async () => {
    gateway = await start({ env: { LOCKOUT_THRESHOLD: '5' } });
    [guessed, locked] = [await registerAndVerify(gateway), await registerAndVerify(gateway)];
    for (let failure = 0; failure < 4; failure++)
      expectCode(await guess(guessed.username), 'INVALID_CREDENTIALS');
    for (let failure = 0; failure < 5; failure++)
      expectCode(await guess(locked.username), 'INVALID_CREDENTIALS');
  });

  it('locks what has more failures than a lower threshold allows', async () => {
    await restart(3);
    const startedAt = performance.now();
    for (const password of [WRONG, guessed.password]) {
      const { retryAfter = 0 } = expectCode(await guess(guessed.username, password), 'ACCOUNT_LOCKED');
      expect(retryAfter).toBeGreaterThan(14 * 60);
      expect(retryAfter).toBeLessThanOrEqual(15 * 60);
    }
    expect(performance.now() - startedAt).toBeLessThan(4000);
    // The account is locked too, but in silence.
    expectCode(await guess(guessed.email, guessed.password), 'INVALID_CREDENTIALS');
  });

  it('keeps a lock under a higher threshold, and counts others up to it', async () => {
    await restart(7);
    expectCode(await guess(locked.username, locked.password), 'ACCOUNT_LOCKED');
    const account = await registerAndVerify(gateway);
    for (let failure = 0; failure < 6; failure++)
      expectCode(await guess(account.username), 'INVALID_CREDENTIALS');
    await signIn(gateway, account);
  });
});

type Step =
  | { readonly act: 'reserve' | 'fail' | 'release' | 'clear' }
  | { readonly act: 'wait'; readonly minutes: number }
  | { readonly act: 'set'; readonly threshold: number };

describe('a failure counter', () => {
  let handle: DatabaseHandle;
  let counters: FailureCounterStore;
  let keys = 0;

  beforeAll(async () => {
    handle = await connectDatabase('pglite:memory', 1, createLog('silent'));
    await handle.withMigrationLock(({ migrate }) => migrate('drizzle'));
    counters = new FailureCounterStore(handle.db);
  });
  afterAll(() => handle.close());

  /** Moves everything that the counter remembers into the past. */
  const wait = (key: string, minutes: number) =>
    rowsOf(
      handle.db,
      sql`UPDATE failure_counters SET updated_at = updated_at - make_interval(mins => ${minutes}::int),
        locked_until = locked_until - make_interval(mins => ${minutes}::int) WHERE key = ${key}`,
    );

  it('locks at the first failure if the threshold is 1, though it was cleared meanwhile', async () => {
    const rule = { threshold: 1, minutes: 15 };
    expect(await counters.reserve('cleared', rule)).toEqual({ outcome: 'admitted' });
    await counters.clear(handle.db, ['cleared']);
    expect(await counters.fail('cleared', rule)).toBe(true);
    expect(await counters.reserve('cleared', rule)).toEqual({ outcome: 'locked', retryAfter: 900 });
  });

  it('is found and cleared by a key with any characters, among many', async () => {
    const rule = { threshold: 1, minutes: 15 };
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
    for (const key of hostile) expect(await counters.fail(key, rule)).toBe(true);
    expect([...(await counters.lockedUntil([...hostile, ...others])).keys()].sort()).toEqual(
      [...hostile].sort(),
    );
    await counters.clear(handle.db, [...others, ...hostile]);
    expect((await counters.lockedUntil(hostile)).size).toBe(0);
  });

  it('is never busy with nothing in flight, whatever happened before and however the threshold changes', async () => {
    const step: fc.Arbitrary<Step> = fc.oneof(
      { weight: 5, arbitrary: fc.constant({ act: 'reserve' as const }) },
      { weight: 4, arbitrary: fc.constant({ act: 'fail' as const }) },
      { weight: 1, arbitrary: fc.constantFrom({ act: 'release' as const }, { act: 'clear' as const }) },
      fc.record({ act: fc.constant('wait' as const), minutes: fc.constantFrom(1, 16, 70, 25 * 60) }),
      fc.record({ act: fc.constant('set' as const), threshold: fc.integer({ min: 1, max: 6 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const key = `key-${keys++}`;
        let rule = { threshold: 5, minutes: 15 };
        let inFlight = 0;
        for (const one of steps) {
          if (one.act === 'set') rule = { ...rule, threshold: one.threshold };
          if (one.act === 'wait') {
            await wait(key, one.minutes);
            // What took that long has died with its process.
            inFlight = 0;
          }
          if (one.act === 'clear') await counters.clear(handle.db, [key]);
          if (one.act === 'reserve') {
            const { outcome, ...rest } = await counters.reserve(key, rule);
            if (outcome === 'admitted') expect(++inFlight).toBeLessThanOrEqual(6);
            if (outcome === 'busy') expect(inFlight).toBeGreaterThan(0);
            if (outcome === 'locked') {
              expect(rest).toEqual({ retryAfter: expect.any(Number) });
              expect((rest as { retryAfter: number }).retryAfter).toBeGreaterThan(0);
              expect((rest as { retryAfter: number }).retryAfter).toBeLessThanOrEqual(3600);
            }
          }
          if (one.act === 'fail' && inFlight > 0) {
            inFlight -= 1;
            await counters.fail(key, rule);
          }
          if (one.act === 'release' && inFlight > 0) {
            inFlight -= 1;
            await counters.release(key);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});
