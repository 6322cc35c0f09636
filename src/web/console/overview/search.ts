/** The days of each range to choose. */
export const RANGES = { '24h': 1, '7d': 7, '30d': 30, '90d': 90 } as const;
export const DEFAULT_RANGE = '7d';

/** The gateway counts at most 400 intervals in one answer. */
export const MAX_DAYS = 400;
const MAX_DAYS_BY_HOUR = 16;
export const DAY_MS = 86_400_000;

export type Interval = 'hour' | 'day';

/** The period in the address bar. Without a range, the last seven days. */
export interface OverviewSearch {
  readonly range?: keyof typeof RANGES | 'own';
  /** The first and last day (UTC) of the own range. */
  readonly from?: string;
  readonly to?: string;
  readonly interval?: Interval;
}

/**
 * Drops what is not a period, so that a wrong address shows the last seven days. Every key is set: the router keeps what
 * it read itself for a key that is missing.
 */
export function overviewSearch({ range, from, to, interval }: Record<string, unknown>): OverviewSearch {
  const period = periodIn(range, from, to);
  return {
    range: period.range,
    from: period.from,
    to: period.to,
    interval: intervalsOf(period)
      .slice(1)
      .find((one) => one === interval),
  };
}

/** How a period can be divided; the first is the default. */
export function intervalsOf(search: OverviewSearch): readonly Interval[] {
  const days = daysIn(search);
  if (days === 1) return ['hour'];
  return days <= MAX_DAYS_BY_HOUR ? ['day', 'hour'] : ['day'];
}

export function daysIn({ range = DEFAULT_RANGE, from = '', to = '' }: OverviewSearch): number {
  return range === 'own' ? (Date.parse(to) - Date.parse(from)) / DAY_MS + 1 : RANGES[range];
}

function periodIn(range: unknown, from: unknown, to: unknown): OverviewSearch {
  if (range === 'own' && isDay(from) && isDay(to)) {
    const period = { range, from, to } as const;
    const days = daysIn(period);
    return days >= 1 && days <= MAX_DAYS ? period : {};
  }
  return isRange(range) && range !== DEFAULT_RANGE ? { range } : {};
}

const isRange = (value: unknown): value is keyof typeof RANGES =>
  typeof value === 'string' && Object.hasOwn(RANGES, value);

/** Whether the value is a date of the calendar, such as 2026-11-26. */
export function isDay(value: unknown): value is string {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) return false;
  const date = new Date(value);
  return !Number.isNaN(date.getTime()) && dayOf(date) === value;
}

export const dayOf = (date: Date): string => date.toISOString().slice(0, 10);
