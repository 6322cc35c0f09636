import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type * as ConfigModule from '../../../src/config.js';

const built = new URL('../../../dist/src/config.js', import.meta.url).href;
const { misspeltNames, parseConfig, VARIABLE_NAMES } = (await import(built)) as typeof ConfigModule;

type Environment = Record<string, string>;

const parse = (env: Environment) => parseConfig(env, (name) => name.padEnd(32, '-'));

function faultsOf(env: Environment): readonly string[] {
  try {
    parse(env);
    return [];
  } catch (error) {
    return (error as InstanceType<typeof ConfigModule.ConfigurationError>).faults;
  }
}

/** Expects one line that names the variable and does not contain its value. */
function expectFault(name: string, value: string) {
  const faults = faultsOf({ [name]: value });
  expect(faults, `${name}=${value}`).toHaveLength(1);
  expect(faults[0]).toMatch(new RegExp(`^${name} (must|has) `));
  if (value.length > 5) expect(faults[0]).not.toContain(value);
}

describe('CORS_ORIGINS', () => {
  it.each([
    ['https://app.example.test/', 'https://app.example.test'],
    ['https://app.example.test:443', 'https://app.example.test'],
    ['http://app.example.test:80/', 'http://app.example.test'],
    ['HTTPS://App.Example.TEST', 'https://app.example.test'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['http://[::1]:5173', 'http://[::1]:5173'],
  ])('accepts %s as the origin %s', (text, origin) => {
    expect(parse({ CORS_ORIGINS: `https://other.example, ${text}` }).http.corsOrigins).toEqual([
      'https://other.example',
      origin,
    ]);
  });

  it.each([
    'app.example.test',
    'localhost:3000',
    '*',
    'https://*.example.test',
    'https://app.example.test/path',
    'https://app.example.test/?a',
    'https://user@app.example.test',
    'null',
    'file:///tmp',
  ])('refuses %s', (text) => expectFault('CORS_ORIGINS', text));
});

describe('TRUST_PROXY', () => {
  it.each(['10.0.0.0/8', '127.0.0.1', '::1', 'fd00::/8, 192.168.0.0/16', '::ffff:10.0.0.0/104'])(
    'accepts %s',
    (text) => {
      expect(faultsOf({ TRUST_PROXY: text })).toEqual([]);
    },
  );

  it.each([
    'true',
    'abc',
    '10.0.0.0/33',
    '10.0.0.0/0',
    '::/0',
    'fd00::/129',
    '10',
    '0x7f.1',
    '10.0.0.0/8/8',
    'loopback',
    '10.0.0.0/255.0.0.0',
    '10.0.0.0/8,nonsense',
  ])('refuses %s', (text) => expectFault('TRUST_PROXY', text));
});

describe('FROM_EMAIL', () => {
  it.each([
    'noreply@localhost',
    'noreply@example.com',
    'Example <noreply@example.com>',
    '"Example, Inc." <noreply@mail.example.com>',
    '<noreply@example.com>',
  ])('accepts %s', (text) => expect(faultsOf({ FROM_EMAIL: text })).toEqual([]));

  it.each(['nonsense', 'a@', '@b', 'a b@example.com', 'Name <nonsense>', 'a@b\r\nBcc: c@d', 'a@b,c@d'])(
    'refuses %j',
    (text) => expectFault('FROM_EMAIL', text),
  );
});

describe('FRONTEND_URL and BOOTSTRAP_ADMIN_*', () => {
  it('must have valid values', () => {
    expectFault('FRONTEND_URL', 'https://app.example.com/?from=mail');
    expectFault('FRONTEND_URL', 'https://app.example.com/#mail');
    expectFault('BOOTSTRAP_ADMIN_EMAIL', 'nonsense');
    expectFault('BOOTSTRAP_ADMIN_USERNAME', 'a b');
    expect(parse({ FRONTEND_URL: 'https://app.example.com/base/' }).linkBase).toBe(
      'https://app.example.com/base',
    );
  });
});

describe('BREACHED_PASSWORDS_URL', () => {
  it.each([
    'https://api.pwnedpasswords.com/range',
    'http://localhost:8080/range/',
    'http://127.0.0.1/range',
    'http://127.1.2.3/range',
    'http://[::1]:8080/range',
  ])('accepts %s', (url) => {
    expect(parse({ BREACHED_PASSWORDS_URL: url }).passwords.breachedUrl).toBe(url.replace(/\/$/, ''));
  });

  it.each([
    'http://api.pwnedpasswords.com/range',
    'http://localhost.example.com/range',
    'http://127.0.0.1.example.com/range',
    'http://10.0.0.5/range',
    'http://api.pwnedpasswords.com/?range=1',
    'https://user:password@example.com/range',
    'ftp://example.com/range',
    'nonsense',
  ])('refuses %s', (url) => expectFault('BREACHED_PASSWORDS_URL', url));
});

describe('DATABASE_URL', () => {
  it.each([
    'pglite:memory',
    'pglite:/var/lib/gatehouse',
    'postgres://u:p@db.example.com/gatehouse',
    'postgresql://u:p%40ss@10.0.0.5:5433/gatehouse?sslmode=require',
    'postgres://u:p@h1,h2:5433/gatehouse?target_session_attrs=read-write',
    'postgres://u@h/gatehouse?application_name=gate&connect_timeout=3&sslmode=verify-full',
  ])('accepts %s', (text) => expect(faultsOf({ DATABASE_URL: text })).toEqual([]));

  it.each([
    ['channel_binding', 'require'],
    ['schema', 'auth'],
    ['pgbouncer', 'true'],
    ['connection_limit', '5'],
    ['sslrootcert', '/ca.pem'],
    ['search_path', 'x'],
    ['no_such', '1'],
  ])('refuses the parameter %s and says what to do', (name, value) => {
    const faults = faultsOf({ DATABASE_URL: `postgres://u:pw-of-it@h/db?${name}=${value}` });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^DATABASE_URL has "${name}", .+: remove it`));
    expect(faults[0]).not.toContain('pw-of-it');
  });

  it.each([
    'mysql://u:p@h/db',
    'nonsense',
    'postgres://u:p@h:99999/db',
    'postgres://u:p@h1,h2:x/db',
    'postgres://u:p@[::1]/db',
    'postgres://u:p@ss@h/db',
    'postgres://u:p#ss@h/db',
    'postgres://u:100%@h/db',
    'postgres://u:p@h/db?target_session_attrs=standby',
    'postgres://u:p@h/db?sslmode=maybe',
  ])('refuses %s', (text) => expectFault('DATABASE_URL', text));
});

describe('the names of variables', () => {
  it.each([
    ['JWT_SECRET', 'JWT_SECRET_KEY'],
    ['JWT_SECERT_KEY', 'JWT_SECRET_KEY'],
    ['JWT_REFRESH_SECRET', 'JWT_REFRESH_SECRET_KEY'],
    ['REFRESH_TOKEN_EXPIRES_DAYS', 'REFRESH_TOKEN_EXPIRE_DAYS'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['FRONT_END_URL', 'FRONTEND_URL'],
    ['SMTP_USERNAME', 'SMTP_USER'],
    ['SMTP_PASS', 'SMTP_PASSWORD'],
    ['TRUSTED_PROXY', 'TRUST_PROXY'],
    ['LOG_LEVLE', 'LOG_LEVEL'],
  ])('suggests for %s the setting %s', (name, meant) => {
    expect(misspeltNames({ [name]: 'x' })).toEqual([
      `${name} is not a variable of the gateway: did you mean ${meant}?`,
    ]);
  });

  it('ignores variables of other programs', () => {
    const others = `PATH HOME HOSTNAME PWD SHELL LANG TERM USER LOGNAME OLDPWD SHLVL EDITOR TZ DEBUG CI NODE_OPTIONS
      NODE_PATH NO_COLOR npm_config_loglevel npm_package_name npm_lifecycle_event NPM_TOKEN KUBERNETES_SERVICE_HOST
      KUBERNETES_PORT REDIS_PORT_6379_TCP SMTP_PORT_25_TCP_ADDR POSTGRES_PASSWORD PGHOST PGPASSWORD AWS_REGION
      GITHUB_TOKEN SSH_AUTH_SOCK XDG_RUNTIME_DIR MAIL PORTS APP_PORT UV_THREADPOOL_SIZE NODE_EXTRA_CA_CERTS
      HTTP_PROXY HTTPS_PROXY NO_PROXY DOCKER_HOST LC_ALL LS_COLORS VITEST_POOL_ID`;
    const env = Object.fromEntries(others.split(/\s+/).map((name) => [name, 'x']));
    expect(misspeltNames(env)).toEqual([]);
    expect(misspeltNames(Object.fromEntries(VARIABLE_NAMES.map((name) => [name, 'x'])))).toEqual([]);
  });

  it('lists the same names in .env.example as the gateway reads', () => {
    const example = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8');
    const named = [...example.matchAll(/^#?([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name);
    expect(named.toSorted()).toEqual([...VARIABLE_NAMES].toSorted());
  });
});

describe('DATABASE_DIRECT_URL and DATABASE_REPLICA_URLS', () => {
  it('accepts URLs of Postgres, and several replicas', () => {
    const url = 'postgres://u:p@h:5432/d?sslmode=require';
    expect(parse({ DATABASE_DIRECT_URL: url }).database.directUrl).toBe(url);
    expect(parse({}).database.replicaUrls).toEqual([]);
    expect(parse({ DATABASE_REPLICA_URLS: `${url}, postgresql://u:a,b@h2/d` }).database.replicaUrls).toEqual([
      url,
      'postgresql://u:a,b@h2/d',
    ]);
  });

  it.each(['pglite:memory', 'mysql://h/db-name', 'postgres://u:p@h/d?pool_timeout=3'])(
    'refuses %s',
    (text) => {
      expectFault('DATABASE_DIRECT_URL', text);
      expectFault('DATABASE_REPLICA_URLS', text);
    },
  );

  it.each(['postgres://u:p@h1,h2/d', 'postgres://u:p@h/d?target_session_attrs=primary'])(
    'refuses %s for a replica',
    (text) => expectFault('DATABASE_REPLICA_URLS', text),
  );
});
