import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isUsable, startLife } from '../../../dist/client/life.js';

const DAY_MS = 86_400_000;

describe('the life of an access token', () => {
  let now = 0;
  let date = 0;
  const pass = (ms: number) => {
    now += ms;
    date += ms;
  };

  beforeEach(() => {
    now = 5000;
    date = 1_000_000_000_000;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    vi.spyOn(Date, 'now').mockImplementation(() => date);
  });
  afterEach(() => vi.restoreAllMocks());

  it('ends 30 s early', () => {
    const life = startLife(60_000);
    pass(29_999);
    expect(isUsable(life)).toBe(true);
    pass(2);
    expect(isUsable(life)).toBe(false);
    expect(life.remainingMs()).toBe(29_999);
  });

  it('ends after its first half if it is under 30 s, so that not each call refreshes', () => {
    const life = startLife(20_000);
    expect(isUsable(life)).toBe(true);
    pass(9999);
    expect(isUsable(life)).toBe(true);
    pass(2);
    expect(isUsable(life)).toBe(false);
  });

  it('is never usable if it is zero', () => expect(isUsable(startLife(0))).toBe(false));

  it('begins with the rest that another tab reports', () => {
    const life = startLife(60_000, 31_000);
    pass(1001);
    expect(isUsable(life)).toBe(false);
  });

  it.each([-DAY_MS, DAY_MS])('does not depend on a device clock that is %i ms off', (offMs) => {
    date += offMs;
    const life = startLife(60_000);
    pass(20_000);
    expect(life.remainingMs()).toBe(40_000);
  });

  it('ends with a sleep that the monotonic clock does not count', () => {
    const life = startLife(60_000);
    date += 3_600_000;
    expect(isUsable(life)).toBe(false);
  });

  it('does not end when the device clock is corrected by seconds, or set back', () => {
    const life = startLife(60_000);
    date += 5000;
    expect(isUsable(life)).toBe(true);
    date -= DAY_MS;
    expect(isUsable(life)).toBe(true);
  });
});
