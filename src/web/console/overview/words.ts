import { locale } from '../../ui/time.js';
import type { Interval } from './search.js';

const number = new Intl.NumberFormat(locale);
const compact = new Intl.NumberFormat(locale, { notation: 'compact' });
const utc = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' });
const shortDay = utc({ day: 'numeric', month: 'short' });
const longDay = utc({ day: 'numeric', month: 'long' });
const fullDay = utc({ day: 'numeric', month: 'short', year: 'numeric' });
const time = utc({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** "1,204" */
export const numberWords = (value: number): string => number.format(value);

/** "1.2K", for the axis of a chart. */
export const shortNumber = (value: number): string => compact.format(value);

/** "1,204 sign-ins" */
export const countWords = (value: number, one: string, many: string): string =>
  `${numberWords(value)} ${value === 1 ? one : many}`;

/** A day of the calendar, such as "Nov 26, 2026". */
export const dayWords = (day: string): string => fullDay.format(new Date(day));

/** The time at which an interval begins, for the axis of a chart. */
export function tickWords(start: string, interval: Interval): string {
  const date = new Date(start);
  if (interval === 'day') return shortDay.format(date);
  return date.getUTCHours() === 0 ? shortDay.format(date) : time.format(date);
}

/** The interval, as a row of a table: "Nov 26, 2026" or "Nov 26, 14:00". */
export function intervalWords(start: string, interval: Interval): string {
  const date = new Date(start);
  return interval === 'day' ? fullDay.format(date) : `${shortDay.format(date)}, ${time.format(date)}`;
}

/** The interval in a sentence: "November 26" or "November 26, 14:00 UTC". */
export function momentWords(start: string, interval: Interval): string {
  const date = new Date(start);
  return interval === 'day' ? longDay.format(date) : `${longDay.format(date)}, ${time.format(date)} UTC`;
}
