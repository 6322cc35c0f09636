import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInstant } from '../../src/platform/input.js';

describe('parseInstant', () => {
  it('moves times that Postgres cannot read to the nearest one that it can', () => {
    const moved = (text: string) => parseInstant('filter.after', new Date(text)).toISOString();
    expect(moved('0001-01-01T00:00:00+01:00')).toBe('0001-01-01T00:00:00.000Z');
    expect(moved('0000-06-01T00:00:00Z')).toBe('0001-01-01T00:00:00.000Z');
    expect(moved('9999-12-31T23:59:59-12:00')).toBe('9999-12-31T23:59:59.999Z');
    expect(moved('2026-02-03T04:05:06.789+01:00')).toBe('2026-02-03T03:05:06.789Z');
  });

  it('returns a four-digit year for any date, and refuses an invalid date', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (date) => {
        expect(parseInstant('x', date).toISOString()).toMatch(/^(?!0000)\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      }),
    );
    expect(() => parseInstant('x', new Date(Number.NaN))).toThrow(
      expect.objectContaining({ details: { fieldErrors: [{ field: 'x', message: expect.any(String) }] } }),
    );
  });
});
