import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateLimits } from '../../src/config-rate-limits.js';
import { MemoryWindowCounter } from '../../src/platform/window-counter.memory.js';

const name = fc.stringMatching(/^[A-Za-z]\w{0,20}$/);
const rule = fc.record({
  limit: fc.integer({ min: 1, max: 999_999 }),
  duration: fc.integer({ min: 1, max: 2_073_600 }),
});
const spaces = fc.constantFrom('', ' ', '  ', '\t');

describe('RATE_LIMITS', () => {
  it('is parsed with spaces and empty entries anywhere', () => {
    fc.assert(
      fc.property(fc.dictionary(name, rule), spaces, (limits, space) => {
        const entries = Object.entries(limits).map(
          ([field, { limit, duration }]) => `${space}${field}=${limit}/${duration}${space}`,
        );
        expect(rateLimits.parse(entries.join(`,${space},`))).toEqual(limits);
      }),
    );
  });

  it('is refused if one entry is malformed, or longer than the maximum of a timer', () => {
    const faulty = fc.oneof(
      fc.string().filter((text) => text.trim() !== '' && !/^\s*[A-Za-z]\w*=\d+\/\d+\s*$|,/.test(text)),
      fc.integer({ min: 2_073_601 }).map((seconds) => `login=1/${seconds}`),
      fc.constantFrom('login=0/60', 'login=1/0', 'login=01/60', 'login=1000000/60', '=1/60'),
    );
    fc.assert(
      fc.property(name, rule, faulty, (field, { limit, duration }, wrong) => {
        expect(rateLimits.safeParse(`${field}=${limit}/${duration},${wrong}`).success).toBe(false);
      }),
    );
  });
});

describe('the in-process counter', () => {
  /** Seconds before each increment of one key. */
  const pauses = fc.array(fc.nat(30), { maxLength: 40 });

  // A new counter allocates room for all its keys, so all runs use one.
  let now = 1_700_000_000_000;
  let keys = 0;
  const counter = new MemoryWindowCounter({ now: () => now });

  it('counts within a window that starts with the first increment, and then starts again', async () => {
    await fc.assert(
      fc.asyncProperty(pauses, fc.integer({ min: 1, max: 60 }), async (seconds, window) => {
        const key = `key ${keys++}`;
        let expected = { count: 0, endsAt: 0 };
        const found: unknown[] = [];
        const wanted: unknown[] = [];
        for (const pause of seconds) {
          now += pause * 1000;
          const isOpen = expected.count > 0 && expected.endsAt > now;
          expected = isOpen
            ? { ...expected, count: expected.count + 1 }
            : { count: 1, endsAt: now + window * 1000 };
          const counted = { count: expected.count, resetInMs: expected.endsAt - now };
          found.push(await counter.increment(key, window), await counter.read(key));
          found.push(await counter.read('another'));
          wanted.push(counted, counted, { count: 0, resetInMs: 0 });
        }
        expect(found).toEqual(wanted);
      }),
    );
  });
});
