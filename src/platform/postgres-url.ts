/** Continues the sentence "DATABASE_URL …", and contains no part of the URL, which has a password. */
type Fault = string;

/** The supported parameters and their values. postgres.js would send every other parameter to the server. */
const PARAMETERS: Readonly<Record<string, RegExp>> = {
  sslmode: /^(disable|prefer|require|verify-ca|verify-full)$/,
  sslnegotiation: /^(postgres|direct)$/,
  target_session_attrs: /^(read-write|primary)$/,
  application_name: /^[\x20-\x7e]{1,63}$/,
  connect_timeout: /^[1-9]\d{0,2}$/,
};

/** What to do about parameters of other clients. */
const ADVICE: Readonly<Record<string, string>> = {
  channel_binding: 'remove it; sslmode=verify-full protects the connection',
  schema: 'remove it; the tables are created in the default schema of the database user',
  pgbouncer: 'remove it',
  connection_limit: 'remove it and set DATABASE_POOL_SIZE',
  pool_timeout: 'remove it',
  sslrootcert: 'remove it and set NODE_EXTRA_CA_CERTS',
  statement_timeout: 'remove it; the gateway sets its own',
};

/**
 * Checks a `postgres://` URL by the rules of postgres.js. Unlike `new URL`, it accepts several hosts
 * (`postgres://u:p@h1,h2:5433/db?target_session_attrs=read-write`).
 */
export function postgresUrlFault(text: string): Fault | undefined {
  const { credentials, hosts } = authorityOf(text);
  if (!isDecodable(text) || credentials.includes('@') || text.includes('#'))
    return 'must have special characters of the user and password percent-encoded, e.g. %40 for @';
  if (hosts !== '' && !hosts.split(',').every(isHost))
    return 'must list its hosts as name, name:port or IPv4 address, e.g. h1,h2:5433';
  const single = text.replace(hosts, hosts.split(',')[0] ?? '');
  if (!URL.canParse(single)) return 'must be a URL such as postgres://user:password@host:5432/database';
  for (const [name, value] of new URL(single).searchParams) {
    const fault = parameterFault(name, value);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** The servers of a valid URL. */
export function postgresHosts(text: string): { host: string; port: number }[] {
  return authorityOf(text)
    .hosts.split(',')
    .map((one) => {
      const [host = '', port = '5432'] = one.split(':');
      return { host: host || 'localhost', port: Number(port) };
    });
}

function authorityOf(text: string): { credentials: string; hosts: string } {
  const authority = text.slice(text.indexOf('://') + 3).split(/[/?#]/)[0] ?? '';
  const at = authority.lastIndexOf('@');
  return { credentials: authority.slice(0, Math.max(at, 0)), hosts: authority.slice(at + 1) };
}

function parameterFault(name: string, value: string): Fault | undefined {
  const allowed = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
  // An unknown name may be part of a password that is not percent-encoded.
  const shown = /^[a-z_]{1,30}$/.test(name) ? `"${name}"` : 'a parameter';
  if (allowed === undefined) {
    const advice = Object.hasOwn(ADVICE, name) ? ADVICE[name] : 'remove it';
    return `has ${shown}, which the gateway does not support: ${advice}`;
  }
  if (allowed.test(value)) return undefined;
  const values = /^\^\(([a-z|-]+)\)\$$/.exec(allowed.source)?.[1]?.split('|').join(', ');
  return `has ${shown} with a value that is not allowed${values === undefined ? '' : `: use one of ${values}`}`;
}

function isHost(text: string): boolean {
  const match = /^[A-Za-z0-9._-]+(?::(\d{1,5}))?$/.exec(text);
  const port = Number(match?.[1] ?? 5432);
  return match !== null && port >= 1 && port <= 65_535;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
