import { describe, expect, it } from 'vitest';
import { type Entry, tableOf } from '../bench/report.js';
import { hasDropped, isReached } from '../bench/row.js';

const higher = { aim: { min: 1 } };
const lower = { aim: { max: 3 } };
const limit = { aim: { max: 300, unit: 'MB' as const } };
const figures = { ours: 250, theirs: 50, unit: 'MB' as const, ratio: 5, spread: [4.9, 5.1] as const };

describe('a benchmark', () => {
  it('drops if its ratio is worse than the committed one by more than a fifth', () => {
    expect([0.81, 0.79, 2].map((ratio) => hasDropped(higher, ratio, 1))).toEqual([false, true, false]);
    expect([1.24, 1.26, 0.5].map((ratio) => hasDropped(lower, ratio, 1))).toEqual([false, true, false]);
  });

  it('reaches its aim by its ratio, or by our own figure if the aim has a unit', () => {
    expect(isReached(higher, figures)).toBe(true);
    expect(isReached(lower, figures)).toBe(false);
    expect(isReached(limit, figures)).toBe(true);
    expect(isReached(limit, { ...figures, ours: 301 })).toBe(false);
  });

  it('shows in the table why it failed, without hiding the others', () => {
    const about = { label: 'memory', name: 'memory', against: 'bare Apollo', ...limit };
    const rows: Entry[] = [
      { id: 'first', ...about, error: 'no such database\nat line 1' },
      { id: 'second', ...about, ...figures },
    ];
    const table = tableOf({ note: '', date: '', cpu: '', cores: 2, load: 0, node: '', rows });
    expect(table).toContain('failed: no such database |');
    expect(table).toMatch(/250 MB : 50.0 MB +\| 5.00 +\| 4.90–5.10 +\| ≤ 300 MB/);
  });
});
