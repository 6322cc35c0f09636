import { DAY_MS, DEFAULT_RANGE, daysIn, type Interval, intervalsOf, type OverviewSearch } from './search.js';
import { dayWords } from './words.js';

export const LENGTH_MS: Readonly<Record<Interval, number>> = { hour: 3_600_000, day: DAY_MS };

export interface Period {
  readonly from: string;
  /** Excluded. */
  readonly to: string;
  readonly interval: Interval;
  /** The end of a sentence, such as "in the last 7 days". */
  readonly words: string;
}

/** The period of the address bar. It ends at the latest with the interval that contains `now`. */
export function periodOf(search: OverviewSearch, now: number): Period {
  const interval = search.interval ?? intervalsOf(search)[0] ?? 'day';
  const length = LENGTH_MS[interval];
  const end = (Math.floor(now / length) + 1) * length;
  const days = daysIn(search);
  const { range = DEFAULT_RANGE, from = '', to = '' } = search;
  const [first, last] =
    range === 'own' ? [Date.parse(from), Date.parse(to) + DAY_MS] : [end - days * DAY_MS, end];
  return {
    from: new Date(first).toISOString(),
    // An own range may have begun today, or be of days to come.
    to: new Date(first < end ? Math.min(last, end) : last).toISOString(),
    interval,
    words:
      range === 'own' ? ownWords(from, to) : days === 1 ? 'in the last 24 hours' : `in the last ${days} days`,
  };
}

const ownWords = (from: string, to: string) =>
  from === to ? `on ${dayWords(from)}` : `from ${dayWords(from)} to ${dayWords(to)}`;
