import { expect } from 'vitest';

/**
 * `p`: the probability of such a difference in equal distributions. `auc`: how often a value of the first sample is
 * the larger (0.5: as often).
 */
export interface Comparison {
  p: number;
  auc: number;
}

/**
 * The Mann–Whitney U test, two-sided, by its normal approximation with corrections for ties and continuity. It
 * compares ranks, because one garbage collection moves a mean by more than the difference that an attacker looks for.
 */
export function distinguishable(a: readonly number[], b: readonly number[]): Comparison {
  const all = [...a.map((value) => ({ value, first: true })), ...b.map((value) => ({ value, first: false }))];
  all.sort((one, other) => one.value - other.value);

  let rankSum = 0;
  let ties = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && all[to]?.value === all[from]?.value) to += 1;
    const size = to - from;
    const rank = (from + 1 + to) / 2;
    rankSum += rank * all.slice(from, to).filter(({ first }) => first).length;
    ties += size ** 3 - size;
    from = to;
  }

  const n = all.length;
  const pairs = a.length * b.length;
  const u = rankSum - (a.length * (a.length + 1)) / 2;
  const deviation = Math.sqrt((pairs / 12) * (n + 1 - ties / (n * (n - 1))));
  const z = deviation === 0 ? 0 : Math.max(0, Math.abs(u - pairs / 2) - 0.5) / deviation;
  return { p: complementaryError(z / Math.SQRT2), auc: u / pairs };
}

/** Abramowitz and Stegun 7.1.26: accurate to seven digits, for x ≥ 0. */
function complementaryError(x: number): number {
  const t = 1 / (1 + 0.3275911 * x);
  const series = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429];
  return t * series.reduceRight((sum, coefficient) => sum * t + coefficient, 0) * Math.exp(-x * x);
}

/** How long the work takes (ms). */
export async function millisecondsOf(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

/** How many times two operations are measured. All of them in CI, half elsewhere. */
export const roundsOf = (count: number): number => (process.env.CI ? count : Math.ceil(count / 2));

/**
 * Expects that two operations take the same time. Both are measured in turn, in random order, so that a slow machine
 * affects both. A difference counts if it is significant, large enough to be useful, and found again in the same
 * direction by a second measurement: chance alone fails one run in millions.
 */
export async function expectSameTime(
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
  { rounds = roundsOf(40), warmUp = 4 } = {},
): Promise<void> {
  for (let round = 0; round < warmUp; round += 1) {
    await first();
    await second();
  }
  const before = await compare(first, second, rounds);
  if (!suspicious(before)) return;
  const after = await compare(first, second, rounds);
  const again = suspicious(after) && before.auc > 0.5 === after.auc > 0.5;
  expect(again, `the times differ: ${JSON.stringify([before, after])}`).toBe(false);
}

async function compare(first: () => Promise<unknown>, second: () => Promise<unknown>, rounds: number) {
  const samples: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    const order = Math.random() < 0.5 ? ([0, 1] as const) : ([1, 0] as const);
    for (const which of order) samples[which].push(await millisecondsOf(which === 0 ? first : second));
  }
  return distinguishable(...samples);
}

const suspicious = ({ p, auc }: Comparison) => p < 0.001 && Math.abs(auc - 0.5) > 0.15;

/** How long synchronous work takes (ms): the fastest of three runs, because other processes share the machine. */
export function fastestOfThree(act: () => unknown): number {
  const times = [1, 2, 3].map(() => {
    const start = performance.now();
    act();
    return performance.now() - start;
  });
  return Math.min(...times);
}
