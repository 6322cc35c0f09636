import { z } from 'zod';
import { similarSetting } from './config-names.js';
import { baseUrl, boolean, list } from './config-values.js';
import { isLoopbackHost } from './platform/loopback.js';

type Environment = Readonly<Record<string, string | undefined>>;

const MAX_ID_LENGTH = 32;
const MAX_NAME_LENGTH = 60;
const PREFIX = 'IDENTITY_PROVIDER_';

/** Ids are parts of a path and, in upper case, of the names of settings. */
const ids = list
  .refine((texts) => texts.every((id) => /^[a-z][a-z0-9_-]*$/.test(id) && id.length <= MAX_ID_LENGTH), {
    error: `must be ids of up to ${MAX_ID_LENGTH} lower-case letters, digits, "-" and "_", separated by commas, e.g. google,keycloak`,
    abort: true,
  })
  .refine((texts) => new Set(texts.map(namePart)).size === texts.length, {
    error: 'must not name a provider twice ("-" and "_" are the same)',
  });

/** These paths name a group of tenants. Each tenant is an issuer of its own, which decides about its addresses. */
const ENTRA_GROUP = /^\/(?:common|organizations|consumers)(?:\/|$)/i;

const issuer = z
  .url({ protocol: /^https?$/, error: 'must be a URL of https://', abort: true })
  .refine((text) => text.startsWith('https:') || isLoopbackHost(new URL(text).hostname), {
    error: 'must be a URL of https://; http:// is accepted on a loopback host only',
    abort: true,
  })
  .refine((text) => !/[?#]|\/\.well-known\//.test(text) && new URL(text).username === '', {
    error: 'must be the issuer itself: without a query, fragment, credentials or /.well-known/ path',
    abort: true,
  })
  .refine((text) => !isEntraGroup(new URL(text)), {
    error: 'must name one tenant: https://login.microsoftonline.com/<tenant id>/v2.0',
  });

const required = (what: string) => z.string({ error: `must be set to ${what}` });

const DOMAIN = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;

/** The settings of one provider by the rest of their names. */
const provider = z.object({
  ISSUER: z.string({ error: 'must be set to the issuer of the provider' }).pipe(issuer),
  CLIENT_ID: required('the client id that the provider gave'),
  CLIENT_SECRET: required('the client secret that the provider gave'),
  NAME: z
    .string()
    .refine((text) => text.length <= MAX_NAME_LENGTH && !/\p{Cc}/u.test(text), {
      error: `must have ${MAX_NAME_LENGTH} characters or fewer`,
    })
    .optional(),
  SCOPES: z
    .string()
    .default('openid email profile')
    .transform((text) => text.split(/[\s,]+/).filter(Boolean))
    .refine((scopes) => scopes.includes('openid'), { error: 'must contain openid' }),
  CREATE: boolean.default(true),
  ROLE: z.enum(['CUSTOMER', 'STAFF'], 'must be CUSTOMER or STAFF').default('CUSTOMER'),
  DOMAINS: list
    .transform((texts) => texts.map((text) => text.toLowerCase()))
    .refine((texts) => texts.every((text) => DOMAIN.test(text)), {
      error: 'must be domains such as example.com in ASCII, separated by commas',
    })
    .default([]),
  LINK_VERIFIED: boolean.default(false),
});

const SUFFIXES = Object.keys(provider.shape);

/** `IDENTITY_PROVIDERS` and the settings of the providers that it lists. */
export function parseIdentityProviders(set: Environment) {
  const listed = ids.safeParse(set.IDENTITY_PROVIDERS ?? '');
  if (!listed.success) {
    const faults = listed.error.issues.map(({ message }) => `IDENTITY_PROVIDERS ${message}`);
    return { faults, providers: [] };
  }
  const faults = listed.data.length > 0 ? publicUrlFaults(set.JWT_ISSUER) : [];
  const providers = listed.data.flatMap((id) => {
    const settings = Object.fromEntries(SUFFIXES.map((suffix) => [suffix, set[settingOf(id, suffix)]]));
    const parsed = provider.safeParse(settings);
    if (parsed.success) return [{ id, ...named(id, parsed.data) }];
    faults.push(
      ...parsed.error.issues.map(({ path, message }) => `${settingOf(id, String(path[0]))} ${message}`),
    );
    return [];
  });
  return { faults, providers };
}

/** The callbacks of the providers begin with the issuer, which is the public URL of the gateway. */
function publicUrlFaults(issuer: string | undefined): string[] {
  if (issuer === undefined || baseUrl.safeParse(issuer).success) return [];
  return ['JWT_ISSUER must be the public URL of the gateway, because IDENTITY_PROVIDERS is set'];
}

function named(id: string, env: z.output<typeof provider>) {
  return {
    issuer: env.ISSUER,
    clientId: env.CLIENT_ID,
    clientSecret: env.CLIENT_SECRET,
    name: env.NAME ?? id,
    scopes: env.SCOPES,
    create: env.CREATE,
    role: env.ROLE,
    /** The domains of the addresses that may sign in. Empty: all. */
    domains: env.DOMAINS,
    linkVerified: env.LINK_VERIFIED,
  };
}

/**
 * One line for a variable that looks like a setting of a provider but is none. Undefined for any other variable.
 * @param ids the text of `IDENTITY_PROVIDERS`
 */
export function unknownProviderSetting(name: string, ids: string | undefined): string | undefined {
  if (!name.startsWith(PREFIX)) return undefined;
  const listed = list.parse(ids ?? '');
  const settings = listed.flatMap((id) => SUFFIXES.map((suffix) => settingOf(id, suffix)));
  if (settings.includes(name)) return undefined;
  const isOfOther = SUFFIXES.some((suffix) => name.endsWith(`_${suffix}`));
  const meant = similarSetting(name, settings);
  const hint =
    isOfOther || meant === undefined
      ? 'IDENTITY_PROVIDERS does not list its provider'
      : `did you mean ${meant}?`;
  return `${name} is not a variable of the gateway: ${hint}`;
}

function settingOf(id: string, suffix: string): string {
  return `${PREFIX}${namePart(id)}_${suffix}`;
}

function namePart(id: string): string {
  return id.toUpperCase().replaceAll('-', '_');
}

function isEntraGroup({ hostname, pathname }: URL): boolean {
  return hostname === 'login.microsoftonline.com' && ENTRA_GROUP.test(pathname);
}
