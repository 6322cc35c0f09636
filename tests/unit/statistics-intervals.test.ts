import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StatisticsInterval } from '../../src/audit/index.js';
import { intervalStarts } from '../../src/features/statistics/auth-statistics.js';
import { runs } from '../support/runs.js';

const LENGTH_MS = { HOUR: 3_600_000, DAY: 86_400_000 };
const MAX_INTERVALS = 400;
const FIRST = Date.parse('0001-01-01T00:00:00Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

/** Ranges of up to 400 intervals, or a little more, many of them on boundaries. */
const range = fc
  .record({
    interval: fc.constantFrom(...Object.values(StatisticsInterval)),
    from: fc.integer({ min: FIRST, max: LAST - 1 }),
    intervals: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: MAX_INTERVALS + 2 })),
    rest: fc.oneof(fc.constantFrom(-1, 0, 1), fc.integer({ min: 0, max: LENGTH_MS.DAY })),
    isAligned: fc.boolean(),
  })
  .map(({ interval, from, intervals, rest, isAligned }) => {
    const length = LENGTH_MS[interval];
    const start = isAligned ? Math.ceil(from / length) * length : from;
    return { interval, from: start, to: Math.min(start + intervals * length + (rest % length), LAST) };
  })
  .filter(({ from, to }) => from < to);

it('has every interval with a moment in the range, whole, once and in order', () => {
  fc.assert(
    fc.property(range, ({ interval, from, to }) => {
      const length = LENGTH_MS[interval];
      const starts = () => intervalStarts({ interval, from: new Date(from), to: new Date(to) });
      if (Math.ceil(to / length) - Math.floor(from / length) > MAX_INTERVALS) {
        expect(starts).toThrow('The input is not valid.');
        return;
      }
      const times = starts().map((start) => start.getTime());
      const [first = Number.NaN, last = Number.NaN] = [times[0], times.at(-1)];
      expect(first <= from && from < first + length).toBe(true);
      expect(last < to && to <= last + length).toBe(true);
      expect(times).toEqual(times.map((_, at) => first + at * length));
      const [, clock] = new Date(first).toISOString().split('T');
      expect(clock).toMatch(interval === 'DAY' ? /^00:00:00\.000Z$/ : /^\d\d:00:00\.000Z$/);
    }),
    { numRuns: runs(2000) },
  );
});
