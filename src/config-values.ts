import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { parseEmailAddress } from './features/accounts/email-address.js';
import { parseUsername } from './features/accounts/username.js';
import { postgresUrlFault } from './platform/postgres-url.js';
import { withoutTrailingSlashes } from './platform/url.js';

/**
 * The kinds of values that variables have. Each message is the end of a sentence that begins with the variable's
 * name, and never contains the value.
 */

export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);

export const boolean = z
  .enum(['true', 'false', '1', '0'], 'must be true or false')
  .transform((text) => text === 'true' || text === '1');

export const integer = (min: number, max: number, fallback: number) =>
  z.coerce
    .number('must be a number')
    .int('must be a whole number')
    .min(min, `must be at least ${min}`)
    .max(max, `must be at most ${max}`)
    .default(fallback);

export const url = (protocols: readonly string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be a URL of ${protocols.map((name) => `${name}//`).join(' or ')}`,
  });

/** A URL to which paths are appended. */
export const baseUrl = url(['http:', 'https:'])
  .refine((text) => !URL.canParse(text) || isBare(new URL(text)), {
    error: 'must be a URL without a query, fragment or credentials',
  })
  .transform(withoutTrailingSlashes);

const isBare = ({ search, hash, username, password }: URL) =>
  search === '' && hash === '' && username === '' && password === '';

/** Origins in the form in which browsers send them (RFC 6454 §6.2): lower case, no default port, no path. */
export const origins = list.transform((texts, context) =>
  texts.map((text) => {
    const origin = originOf(text);
    if (origin === undefined) {
      const message =
        text === '*'
          ? 'must name origins: * cannot be used with credentials'
          : 'must be origins like https://app.example.com, separated by commas, without a path';
      context.addIssue({ code: 'custom', message });
    }
    return origin ?? text;
  }),
);

function originOf(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const parsed = new URL(text);
  const isOrigin = isBare(parsed) && parsed.pathname === '/' && !parsed.hostname.includes('*');
  return isOrigin ? parsed.origin : undefined;
}

export const proxies = list.refine((texts) => texts.every(isNetwork), {
  error: 'must be IP addresses or CIDRs of the proxies, like 10.0.0.0/8, separated by commas',
});

/** ipaddr.js also reads `10` and `0x7f.1` as addresses, and a prefix of 0 would trust every client. */
function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const isFourPart = ipaddr.IPv4.isValidFourPartDecimal(address);
  if (rest.length > 0 || !(isFourPart || ipaddr.IPv6.isValid(address))) return false;
  if (prefix === undefined) return true;
  return /^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= (isFourPart ? 32 : 128);
}

/** `address` or `Name <address>`; `localhost` has no dot, so that the account's rule is too strict here. */
export const sender = z.string().refine(
  (text) => {
    const [, named, bare] = /^[^<>\p{Cc}]*<([^<>]+)>$|^([^<>]+)$/u.exec(text.trim()) ?? [];
    return /^[^\s@"(),:;[\]\\\p{Cc}]{1,64}@[A-Za-z0-9\u0080-\uffff]([A-Za-z0-9.\u0080-\uffff-]*[A-Za-z0-9\u0080-\uffff])?$/u.test(
      named ?? bare ?? '',
    );
  },
  { error: 'must be an email address, or a name and an address like Example <noreply@example.com>' },
);

export const databaseUrl = z.string().transform((text, context) => {
  const isPostgres = /^postgres(ql)?:\/\//.test(text);
  const message = isPostgres
    ? postgresUrlFault(text)
    : /^pglite:./.test(text)
      ? undefined
      : 'must be postgres://… or pglite:…';
  if (message !== undefined) context.addIssue({ code: 'custom', message });
  return text;
});

export const emailAddress = accepted(parseEmailAddress, 'must be an email address');
export const username = accepted(parseUsername, 'must be 3 to 32 letters, digits, "_", "-" or "."');

/** A text that the accounts accept too. */
function accepted(parse: (text: string) => string, error: string) {
  return z.string().refine(
    (text) => {
      try {
        parse(text);
        return true;
      } catch {
        return false;
      }
    },
    { error },
  );
}
