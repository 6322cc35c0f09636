import { useSyncExternalStore } from 'react';

const MINUTE_MS = 60_000;
const UNITS = [
  ['year', 365 * 24 * 60 * MINUTE_MS],
  ['month', 30 * 24 * 60 * MINUTE_MS],
  ['day', 24 * 60 * MINUTE_MS],
  ['hour', 60 * MINUTE_MS],
  ['minute', MINUTE_MS],
] as const;

/** The pages are in English, with the dates of the user's own kind of English. */
export const locale = navigator.languages.find((language) => /^en\b/i.test(language)) ?? 'en';
const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
const timeOnly = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });

/** Date and time in the time zone of the user, such as "Nov 26, 2026, 5:39 PM". */
export const exactTime = (time: string | Date): string => exact.format(new Date(time));

/** The time of day, such as "5:39 PM". */
export const timeOfDay = (time: string | Date): string => timeOnly.format(new Date(time));

/** The distance from now, such as "2 hours ago". */
function relativeTime(time: string | Date, now = Date.now()): string {
  const distance = new Date(time).getTime() - now;
  const [unit, length] = UNITS.find(([, length]) => Math.abs(distance) >= length) ?? ['second', 0];
  return length === 0 ? 'just now' : relative.format(Math.trunc(distance / length), unit);
}

/** A time as its distance from now, kept up to date. The exact time is its tooltip. */
export function Time({ value }: { readonly value: string }) {
  useSyncExternalStore(everyMinute, currentMinute);
  return (
    <time dateTime={value} title={exactTime(value)}>
      {relativeTime(value)}
    </time>
  );
}

/** The exact time, for lists in which people compare times. */
export function ExactTime({ value }: { readonly value: string }) {
  return <time dateTime={value}>{exactTime(value)}</time>;
}

const currentMinute = () => Math.floor(Date.now() / MINUTE_MS);

function everyMinute(listener: () => void) {
  const timer = setInterval(listener, MINUTE_MS / 2);
  return () => clearInterval(timer);
}
