import { type EventCounts, type IntervalCounts, StatisticsInterval } from '../../audit/index.js';
import { badInput } from '../../platform/error.js';
import { parseFields, parseInstant } from '../../platform/input.js';
import type { StatisticsDeps } from './deps.js';

const MAX_INTERVALS = 400;
const HOUR_MS = 3_600_000;
/** UTC has no daylight saving time, and Unix time no leap seconds. So every interval has the same length. */
const LENGTH_MS: Readonly<Record<StatisticsInterval, number>> = {
  [StatisticsInterval.HOUR]: HOUR_MS,
  [StatisticsInterval.DAY]: 24 * HOUR_MS,
};

export interface StatisticsRange {
  readonly from: Date;
  /** Excluded. */
  readonly to: Date;
  readonly interval: StatisticsInterval;
}

const NOTHING: EventCounts = {
  signIns: 0,
  failedSignIns: 0,
  lockouts: 0,
  registrations: 0,
  passwordResets: 0,
  tokenReuses: 0,
};

/**
 * The counts of every interval that has a moment in the range, oldest first.
 * @throws AuthError BAD_USER_INPUT
 */
export async function readAuthStatistics(
  { counts }: StatisticsDeps,
  range: StatisticsRange,
): Promise<IntervalCounts[]> {
  const starts = intervalStarts(range);
  // The start of the last interval, not its end: that may be in the year 10000.
  const found = await counts.find(range.interval, starts[0] as Date, starts.at(-1) as Date);
  const byStart = new Map(found.map((one) => [one.start.getTime(), one]));
  return starts.map((start) => byStart.get(start.getTime()) ?? { ...NOTHING, start });
}

/**
 * The start of each interval that has a moment in the range.
 * @throws AuthError BAD_USER_INPUT
 */
export function intervalStarts({ interval, ...range }: StatisticsRange): Date[] {
  const { from, to } = parseFields({
    from: () => parseInstant('from', range.from),
    to: () => parseInstant('to', range.to),
  });
  if (from >= to) throw badInput({ field: 'to', message: 'Must be after from.' });
  const length = LENGTH_MS[interval];
  const first = Math.floor(from.getTime() / length);
  const count = Math.ceil(to.getTime() / length) - first;
  if (count > MAX_INTERVALS) {
    const message = `The range has ${count} intervals; at most ${MAX_INTERVALS} are allowed. Shorten it.`;
    throw badInput({ field: 'to', message });
  }
  return Array.from({ length: count }, (_, at) => new Date((first + at) * length));
}
