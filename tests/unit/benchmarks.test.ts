import { describe, expect, it } from 'vitest';
import { layersOf } from '../bench/profile.js';
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

  it('tells what the time was spent on if the aim is missed', () => {
    const about = { label: 'refresh', name: 'refresh', against: 'its statements' };
    const row: Entry = {
      id: 'refresh',
      ...about,
      ...figures,
      ...higher,
      profile: 'CPU time: 50 % in the gateway',
    };
    const tableWith = (aim: Entry['aim']) =>
      tableOf({ note: '', date: '', cpu: '', cores: 2, load: 0, node: '', rows: [{ ...row, aim }] });
    expect(tableWith({ min: 6 })).toContain('- refresh: CPU time: 50 % in the gateway');
    expect(tableWith({ min: 4 })).not.toContain('CPU time');
  });
});

describe('a profile', () => {
  const node = (id: number, functionName: string, url: string, ...children: number[]) => ({
    id,
    callFrame: { functionName, url },
    children,
  });
  const nodes = [
    node(1, '(root)', '', 2, 3, 4, 5),
    node(2, '(idle)', ''),
    node(3, '(garbage collector)', ''),
    node(4, 'onread', 'node:internal/stream_base_commons', 6),
    node(5, 'handler', 'file:///gateway/node_modules/fastify/lib/reply.js', 8),
    node(6, 'DataRow', 'file:///gateway/node_modules/postgres/src/connection.js', 7),
    node(7, 'write', 'node:net', 9),
    node(8, 'writeUtf8String', ''),
    node(9, 'writeBuffer', ''),
  ];
  const ms = (...samples: number[]) =>
    Object.fromEntries(layersOf({ cpuMs: 0, nodes, samples, timeDeltas: samples.map(() => 1000) }));

  it('counts system calls and modules of Node.js for the layer that called them', () => {
    expect(ms(6, 7, 9, 9)).toEqual({ 'the database driver and Drizzle': 4 });
    expect(ms(5, 8)).toEqual({ HTTP: 2 });
    expect(ms(4)).toEqual({ 'Node.js': 1 });
  });

  it('leaves out the time when nothing runs, and has garbage collection apart', () => {
    expect(ms(2, 2, 3)).toEqual({ 'garbage collection': 1 });
  });
});
