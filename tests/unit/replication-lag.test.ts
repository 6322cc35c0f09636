import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PrimaryPositions, parsePosition } from '../../src/platform/replication-lag.js';
import { runs } from '../support/runs.js';

it('parses positions in the order in which the log was written', () => {
  expect(parsePosition('0/0')).toBe(0n);
  expect(parsePosition('16/B374D848')).toBe(0x16_b374_d848n);
  expect(parsePosition('1/0')).toBeGreaterThan(parsePosition('0/FFFFFFFF'));
});

it('says that a replica is not behind an idle primary', () => {
  const positions = new PrimaryPositions(10_000);
  for (const sentAt of [0, 1000, 2000]) positions.add(500n, sentAt);
  expect(positions.caughtUpTo(500n)).toBe(2000);
  expect(positions.caughtUpTo(499n)).toBeUndefined();
});

it('forgets old samples, so a stopped replica counts as too far behind', () => {
  const positions = new PrimaryPositions(10_000);
  for (let second = 0; second <= 60; second += 1) positions.add(BigInt(second), second * 1000);
  expect(positions.caughtUpTo(55n)).toBe(55_000);
  expect(positions.caughtUpTo(49n)).toBeUndefined();
});

it('does not believe positions of the former primary after a failover that lost transactions', () => {
  const positions = new PrimaryPositions(10_000);
  positions.add(1000n, 0);
  positions.add(900n, 1000);
  positions.add(950n, 2000);
  expect(positions.caughtUpTo(920n)).toBe(1000);
});

it('never says a time whose commits the replica lacks', () => {
  const steps = fc.array(fc.record({ bytes: fc.nat(5), pauseMs: fc.integer({ min: 1, max: 3000 }) }));
  fc.assert(
    fc.property(steps, fc.nat(200), (written, replayed) => {
      const positions = new PrimaryPositions(10_000);
      const at = new Map<number, number>();
      let [position, now] = [0, 0];
      for (const { bytes, pauseMs } of written) {
        position += bytes;
        now += pauseMs;
        positions.add(BigInt(position), now);
        at.set(now, position);
      }
      const time = positions.caughtUpTo(BigInt(replayed));
      if (time === undefined) return;
      expect(at.get(time)).toBeLessThanOrEqual(replayed);
      expect(time).toBeGreaterThanOrEqual(now - 10_000);
    }),
    { numRuns: runs(500) },
  );
});
