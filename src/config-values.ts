import { z } from 'zod';
import { parseEmailAddress } from './features/accounts/email-address.js';
import { parseUsername } from './features/accounts/username.js';
import { domainOf } from './platform/domain.js';
import { isLoopbackHost } from './platform/loopback.js';
import { postgresHosts, postgresUrlFault } from './platform/postgres-url.js';

/**
 * The types of settings. A message continues the sentence that begins with the name of the setting, and never
 * contains the value, which may be a secret.
 */

export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);

/** Bearer tokens of services: characters that a header can carry (RFC 6750 §2.1), each token once. */
export const serviceTokens = list
  .refine((tokens) => tokens.every((token) => /^[\w.~+/=-]+$/.test(token)), {
    error: 'must be tokens of letters, digits and -._~+/=, separated by commas',
    abort: true,
  })
  .refine((tokens) => new Set(tokens).size === tokens.length, {
    error: 'must not name a token twice',
  });

export const boolean = z.stringbool({
  truthy: ['true', '1'],
  falsy: ['false', '0'],
  case: 'sensitive',
  error: 'must be true or false',
});

export const integer = (min: number, max: number, fallback: number) =>
  z.coerce
    .number('must be a number')
    .int('must be a whole number')
    .min(min, `must be at least ${min}`)
    .max(max, `must be at most ${max}`)
    .default(fallback);

const PAGES = ['account', 'console'] as const;
/** The account pages, or the console for staff and admins. */
export type Pages = (typeof PAGES)[number];

/** Groups of pages, separated by commas, or `none`. */
export const pages = list.transform((names, context): readonly Pages[] => {
  if (names.join() === 'none') return [];
  const listed = PAGES.filter((page) => names.includes(page));
  if (listed.length === 0 || new Set(names).size !== listed.length) {
    context.addIssue({ code: 'custom', message: 'must be account, or account,console, or none' });
  } else if (listed.includes('console') && !listed.includes('account')) {
    context.addIssue({
      code: 'custom',
      message: 'must contain account: the console signs people in by the account pages',
    });
  }
  return listed;
});

export const redisUrl = z.url({
  protocol: /^rediss?$/,
  error: 'must be a URL such as redis://host:6379 or rediss://host:6379',
});

/** A URL to which paths are appended. */
export const baseUrl = z
  .url({ protocol: /^https?$/, error: 'must be a URL of http:// or https://', abort: true })
  .refine((text) => isBare(new URL(text)), {
    error: 'must be a URL without a query, fragment or credentials, e.g. https://app.example.com',
  })
  .transform(withoutTrailingSlashes);

/** A base URL of another service, whose answers must not be forged on the way. */
export const secureUrl = baseUrl.refine((text) => isSecure(new URL(text)), {
  error: 'must begin with https://; http:// is accepted for this machine only',
});

/** Whether nobody on the way can change what the URL answers. */
export const isSecure = ({ protocol, hostname }: URL) => protocol === 'https:' || isLoopbackHost(hostname);

const isBare = ({ search, hash, username, password }: URL) =>
  search === '' && hash === '' && username === '' && password === '';

/** A loop, because `/\/+$/` takes quadratic time if a text has many slashes. */
function withoutTrailingSlashes(url: string): string {
  let end = url.length;
  while (url[end - 1] === '/') end -= 1;
  return url.slice(0, end);
}

/** Origins in the form in which browsers send them (RFC 6454 §6.2): lower case, no default port, no path. */
export const origins = list.transform((texts, context) =>
  texts.map((text) => {
    const origin = originOf(text);
    if (origin === undefined) {
      const message =
        text === '*'
          ? 'must name origins: * cannot be used with credentials'
          : 'must be origins such as https://app.example.com, separated by commas, without a path';
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

/** A domain in lower case and punycode. */
export const domain = z.string().transform((text, context) => {
  const parsed = domainOf(text);
  if (parsed === undefined) {
    const message = 'must be a domain such as example.com, without a scheme, port or path';
    context.addIssue({ code: 'custom', message });
  }
  return parsed ?? text;
});

const network = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

export const proxies = list.refine(
  // A prefix of 0 would trust every client.
  (texts) => texts.every((text) => network.safeParse(text).success && !text.endsWith('/0')),
  { error: 'must be IP addresses or CIDRs of the proxies, e.g. 10.0.0.0/8, separated by commas' },
);

/** `address` or `Name <address>`. Less strict than for accounts: the default is `noreply@localhost`. */
export const sender = z.string().refine(
  (text) => {
    const [, named, bare] = /^[^<>\p{Cc}]*<([^<>]+)>$|^([^<>]+)$/u.exec(text.trim()) ?? [];
    return /^[^\s@"(),:;[\]\\\p{Cc}]{1,64}@[A-Za-z0-9\u0080-\uffff]([A-Za-z0-9.\u0080-\uffff-]*[A-Za-z0-9\u0080-\uffff])?$/u.test(
      named ?? bare ?? '',
    );
  },
  { error: 'must be an email address, or a name and an address, e.g. Example <noreply@example.com>' },
);

export const databaseUrl = z.string().transform((text, context) => {
  const isPostgres = /^postgres(ql)?:\/\//.test(text);
  const fault = isPostgres ? postgresUrlFault(text) : pgliteUrlFault(text);
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  return text;
});

/** The URL of a Postgres server. */
export const postgresUrl = z.string().superRefine((text, context) => {
  const fault = /^postgres(ql)?:\/\//.test(text)
    ? postgresUrlFault(text)
    : 'must be a URL such as postgres://user:password@host:5432/database';
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
});

/** URLs of replicas, separated by commas. A comma within a URL separates hosts, which is of no use here. */
export const replicaUrls = z
  .string()
  .transform((text) => text.split(/,(?=\s*postgres(?:ql)?:)/).map((url) => url.trim()))
  .pipe(
    z.array(
      postgresUrl.refine((url) => postgresHosts(url).length === 1 && !url.includes('target_session_attrs='), {
        error: 'must name one host in each URL, without target_session_attrs',
      }),
    ),
  );

const pgliteUrlFault = (text: string) =>
  /^pglite:./.test(text)
    ? undefined
    : 'must be a URL such as postgres://user:password@host:5432/database, or pglite:FOLDER';

export const emailAddress = parsedBy(parseEmailAddress, 'must be an email address, e.g. admin@example.com');
export const username = parsedBy(parseUsername, 'must have 3 to 32 letters, digits, "_", "-" or "."');

/** A text that must satisfy the rules for accounts. */
function parsedBy(parse: (text: string) => string, error: string) {
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
