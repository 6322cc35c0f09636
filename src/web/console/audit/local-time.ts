const MINUTE_MS = 60_000;

/** An ISO time as the value of a `datetime-local` field, in the time zone of the user. */
export function localTime(iso: string | undefined): string {
  if (iso === undefined) return '';
  const date = new Date(iso);
  return new Date(date.getTime() - date.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16);
}

/** The value of a `datetime-local` field as an ISO time. Undefined if it is empty or not a time. */
export function isoTime(local: string): string | undefined {
  // A date and time without an offset is in the time zone of the user.
  const date = new Date(local);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
