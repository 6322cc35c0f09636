import { z } from 'zod';
import { parseIdentityProviders, unknownProviderSetting } from './config-identity-providers.js';
import { similarSetting } from './config-names.js';
import { rateLimits } from './config-rate-limits.js';
import {
  baseUrl,
  boolean,
  databaseUrl,
  emailAddress,
  integer,
  list,
  origins,
  proxies,
  redisUrl,
  secureUrl,
  sender,
  serviceTokens,
  username,
} from './config-values.js';
import { resolveRelyingParty } from './features/passkeys/relying-party.js';
import { StartupError } from './platform/error.js';
import { secretFaults } from './platform/secrets.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Every fault of the environment: the name of the setting and what it must be, never its value. */
export class ConfigurationError extends StartupError {
  override readonly name = 'ConfigurationError';
}

const variables = z.object({
  NODE_ENV: z.string().optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: integer(1, 65_535, 4000),
  DATABASE_URL: databaseUrl.default('pglite:.data/postgres'),
  DATABASE_POOL_SIZE: integer(2, 1000, 10),
  REDIS_URL: list.pipe(z.array(redisUrl)).optional(),
  MIGRATE_ON_START: boolean.default(true),
  JWT_SECRET_KEY: list.optional(),
  JWT_ALGORITHM: z
    .enum(['EdDSA', 'ES256', 'RS256', 'HS256'], 'must be EdDSA, ES256, RS256 or HS256')
    .default('EdDSA'),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().default('gateway'),
  JWT_KEY_ROTATION_DAYS: integer(1, 3650, 90),
  JWT_REFRESH_SECRET_KEY: list.optional(),
  ENCRYPTION_KEY: list.optional(),
  PASSWORD_PEPPER: list.default([]),
  BCRYPT_COST: integer(10, 15, 12),
  BREACHED_PASSWORDS_URL: secureUrl.optional(),
  ACCESS_TOKEN_EXPIRE_MINUTES: integer(1, 1440, 30),
  REFRESH_TOKEN_EXPIRE_DAYS: integer(1, 3650, 7),
  REMEMBER_ME_EXPIRE_DAYS: integer(1, 3650, 30),
  REFRESH_GRACE_SECONDS: integer(0, 300, 10),
  REQUIRE_VERIFIED_EMAIL: boolean.default(true),
  LOCKOUT_THRESHOLD: integer(1, 1000, 5),
  LOCKOUT_MINUTES: integer(1, 60, 15),
  RATE_LIMIT_ENABLED: boolean.default(true),
  RATE_LIMITS: rateLimits.default({}),
  STEP_UP_SECONDS: integer(0, 86_400, 900),
  TRUST_PROXY: proxies.default([]),
  CORS_ORIGINS: origins.optional(),
  FRONTEND_URL: baseUrl.optional(),
  WEBAUTHN_RP_ID: z.string().optional(),
  WEBAUTHN_ORIGINS: origins.optional(),
  FROM_EMAIL: sender.default('noreply@localhost'),
  RESEND_API_KEY: z.string().optional(),
  RESEND_BASE_URL: baseUrl.optional(),
  SMTP_HOST: z.string().optional(),
  SMTP_PORT: integer(1, 65_535, 587),
  SMTP_USER: z.string().optional(),
  SMTP_PASSWORD: z.string().optional(),
  SMTP_SECURE: boolean.default(false),
  BOOTSTRAP_ADMIN_EMAIL: emailAddress.optional(),
  BOOTSTRAP_ADMIN_USERNAME: username.default('admin'),
  // Parsed by `parseIdentityProviders`, with the settings of each provider.
  IDENTITY_PROVIDERS: z.string().optional(),
  SHUTDOWN_NOTICE_SECONDS: integer(0, 300, 1),
  ROUTER_SECRET: z.string().optional(),
  FEDERATION_AUTHENTICATED: boolean.default(false),
  INTROSPECTION: boolean.optional(),
  METRICS_TOKEN: z.string().optional(),
  SERVICE_TOKENS: serviceTokens.default([]),
  LOG_LEVEL: z
    .enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'must be trace, debug, info, warn, error, fatal or silent',
    )
    .default('info'),
});

/** The secrets that production requires. In development, missing ones are generated. */
export const SECRET_NAMES = ['JWT_SECRET_KEY', 'JWT_REFRESH_SECRET_KEY', 'ENCRYPTION_KEY'] as const;
export type SecretName = (typeof SECRET_NAMES)[number];

export type Config = ReturnType<typeof assemble>;

/** The names of all settings. */
export const VARIABLE_NAMES: readonly string[] = Object.keys(variables.shape);

/** One line for each variable that is probably a misspelt setting. */
export function misspeltNames(environment: Environment): string[] {
  return Object.keys(environment).flatMap((name) => {
    const ofProvider = unknownProviderSetting(name, environment.IDENTITY_PROVIDERS);
    if (ofProvider !== undefined) return [ofProvider];
    const meant = similarSetting(name, VARIABLE_NAMES);
    return meant === undefined ? [] : [`${name} is not a variable of the gateway: did you mean ${meant}?`];
  });
}

/**
 * Parses the environment.
 * @param developmentSecret generates a secret that is not set, or reads it again; never called in production
 * @throws ConfigurationError with all faults
 */
export function parseConfig(
  environment: Environment,
  developmentSecret: (name: SecretName) => string,
): Config {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim() !== ''));
  const production = set.NODE_ENV === 'production';
  const parsed = variables.safeParse(set);
  const faults = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`);
  const secrets = {} as Record<SecretName, readonly string[]>;
  for (const name of SECRET_NAMES) {
    const given = list.parse(set[name] ?? '');
    secrets[name] = given.length > 0 || production ? given : [developmentSecret(name)];
  }
  const tokens = production ? list.parse(set.SERVICE_TOKENS ?? '') : [];
  faults.push(
    ...secretFaults({ ...secrets, ...(tokens.length > 0 && { SERVICE_TOKENS: tokens }) }, production),
  );
  if (production) {
    const peppers = list.parse(set.PASSWORD_PEPPER ?? '');
    if (peppers.length > 0) faults.push(...secretFaults({ PASSWORD_PEPPER: peppers }, true));
    const isNamed = (fault: string) => faults.some((other) => other.split(' ')[0] === fault.split(' ')[0]);
    faults.push(...productionFaults(set).filter((fault) => !isNamed(fault)));
  }
  const identityProviders = parseIdentityProviders(set);
  const config = parsed.success
    ? assemble(parsed.data, secrets, identityProviders.providers, production)
    : undefined;
  faults.push(...identityProviders.faults, ...(config?.relyingParty.faults ?? []));
  if (config === undefined || faults.length > 0) throw new ConfigurationError([...new Set(faults)]);
  return config;
}

function productionFaults(set: Environment): string[] {
  const faults: string[] = [];
  if (set.FRONTEND_URL === undefined)
    faults.push('FRONTEND_URL must be set to the base of the links in mails, e.g. https://app.example.com');
  if (!/^postgres(ql)?:\/\//.test(set.DATABASE_URL ?? ''))
    faults.push('DATABASE_URL must name a Postgres server, e.g. postgres://user:password@host:5432/database');
  if (set.RESEND_API_KEY === undefined && set.SMTP_HOST === undefined) {
    faults.push('RESEND_API_KEY or SMTP_HOST must be set: production needs a mail transport');
  }
  return faults;
}

function assemble(
  env: z.output<typeof variables>,
  secrets: Readonly<Record<SecretName, readonly string[]>>,
  identityProviders: ReturnType<typeof parseIdentityProviders>['providers'],
  production: boolean,
) {
  const ownUrl = `http://${env.HOST.includes(':') ? `[${env.HOST}]` : env.HOST}:${env.PORT}`;
  const corsOrigins =
    env.CORS_ORIGINS ?? (env.FRONTEND_URL === undefined ? [] : [new URL(env.FRONTEND_URL).origin]);
  return {
    production,
    host: env.HOST,
    port: env.PORT,
    logLevel: env.LOG_LEVEL,
    dataFolder: '.data',
    database: {
      url: env.DATABASE_URL,
      poolSize: env.DATABASE_POOL_SIZE,
      migrateOnStart: env.MIGRATE_ON_START,
    },
    redisUrls: env.REDIS_URL ?? [],
    secrets: {
      jwt: secrets.JWT_SECRET_KEY,
      refresh: secrets.JWT_REFRESH_SECRET_KEY,
      encryption: secrets.ENCRYPTION_KEY,
    },
    tokens: {
      algorithm: env.JWT_ALGORITHM,
      issuer: env.JWT_ISSUER ?? ownUrl,
      audience: env.JWT_AUDIENCE,
      keyRotationDays: env.JWT_KEY_ROTATION_DAYS,
      accessTokenSeconds: env.ACCESS_TOKEN_EXPIRE_MINUTES * 60,
    },
    sessions: {
      days: env.REFRESH_TOKEN_EXPIRE_DAYS,
      rememberedDays: env.REMEMBER_ME_EXPIRE_DAYS,
      graceSeconds: env.REFRESH_GRACE_SECONDS,
    },
    passwords: {
      peppers: env.PASSWORD_PEPPER,
      bcryptCost: env.BCRYPT_COST,
      breachedUrl: env.BREACHED_PASSWORDS_URL,
    },
    requireVerifiedEmail: env.REQUIRE_VERIFIED_EMAIL,
    lockout: { threshold: env.LOCKOUT_THRESHOLD, minutes: env.LOCKOUT_MINUTES },
    rateLimitEnabled: env.RATE_LIMIT_ENABLED,
    rateLimits: env.RATE_LIMITS,
    stepUpSeconds: env.STEP_UP_SECONDS,
    shutdownNoticeSeconds: env.SHUTDOWN_NOTICE_SECONDS,
    serviceTokens: env.SERVICE_TOKENS,
    http: {
      trustProxy: env.TRUST_PROXY,
      corsOrigins,
      metricsToken: env.METRICS_TOKEN,
    },
    relyingParty: resolveRelyingParty({ ...env, ownUrl, corsOrigins }),
    /** Base of the links in mails. Without FRONTEND_URL, the gateway serves the pages that they lead to. */
    linkBase: env.FRONTEND_URL ?? ownUrl,
    ownPages: env.FRONTEND_URL === undefined,
    identityProviders,
    bootstrapAdmin:
      env.BOOTSTRAP_ADMIN_EMAIL === undefined
        ? undefined
        : { email: env.BOOTSTRAP_ADMIN_EMAIL, username: env.BOOTSTRAP_ADMIN_USERNAME },
    mail: { from: env.FROM_EMAIL, transport: mailTransport(env) },
    graphql: {
      introspection: env.INTROSPECTION ?? !production,
      routerSecret: env.ROUTER_SECRET,
      federationAuthenticated: env.FEDERATION_AUTHENTICATED,
    },
  };
}

function mailTransport(env: z.output<typeof variables>) {
  if (env.RESEND_API_KEY !== undefined) {
    return { kind: 'resend' as const, apiKey: env.RESEND_API_KEY, baseUrl: env.RESEND_BASE_URL };
  }
  if (env.SMTP_HOST !== undefined) {
    return {
      kind: 'smtp' as const,
      host: env.SMTP_HOST,
      port: env.SMTP_PORT,
      user: env.SMTP_USER,
      password: env.SMTP_PASSWORD,
      secure: env.SMTP_SECURE,
    };
  }
  return { kind: 'file' as const, folder: '.data/mail' };
}
