import { parse } from 'bowser';

/** A program that is no browser, such as `curl/8.5.0`. */
const PROGRAM = /^(?!mozilla\b)[a-z][\w.-]{1,29}(?=\/)/i;
const UNKNOWN = 'Unknown device';

/** The browser and the system in a User-Agent header, such as "Chrome on Windows". */
export function deviceName(userAgent: string | null): string {
  if (userAgent === null || userAgent === '') return UNKNOWN;
  const { browser, os } = parse(userAgent);
  const names = [browser.name, os.name].filter(Boolean);
  return names.length > 0 ? names.join(' on ') : (PROGRAM.exec(userAgent)?.[0] ?? UNKNOWN);
}
