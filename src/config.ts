import { brandOf } from './config-brand.js';
import { parseIdentityProviders, unknownProviderSetting } from './config-identity-providers.js';
import { similarSetting } from './config-names.js';
import { telemetryOf, unreadTelemetryVariable } from './config-telemetry.js';
import { list, type Pages } from './config-values.js';
import { VARIABLE_NAMES, type Variables, variables } from './config-variables.js';
import { resolveRelyingParty } from './features/passkeys/relying-party.js';
import { StartupError } from './platform/error.js';
import { secretFaults } from './platform/secrets.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Every fault of the environment: the name of the setting and what it must be, never its value. */
export class ConfigurationError extends StartupError {
  override readonly name = 'ConfigurationError';
}

/** The secrets that production requires. In development, missing ones are generated. */
export const SECRET_NAMES = ['JWT_SECRET_KEY', 'JWT_REFRESH_SECRET_KEY', 'ENCRYPTION_KEY'] as const;
export type SecretName = (typeof SECRET_NAMES)[number];

const ALL_PAGES: readonly Pages[] = ['account', 'console'];

export { VARIABLE_NAMES };

export type Config = ReturnType<typeof assemble>;

/** One line for each variable that is probably a misspelt setting. */
export function misspeltNames(environment: Environment): string[] {
  return Object.keys(environment).flatMap((name) => {
    const ofProvider = unknownProviderSetting(name, environment.IDENTITY_PROVIDERS);
    if (ofProvider !== undefined) return [ofProvider];
    const meant = similarSetting(name, VARIABLE_NAMES);
    if (meant !== undefined) return [`${name} is not a variable of the gateway: did you mean ${meant}?`];
    return unreadTelemetryVariable(name) ?? [];
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
  env: Variables,
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
      directUrl: env.DATABASE_DIRECT_URL,
      replicaUrls: env.DATABASE_REPLICA_URLS,
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
    /** Base of the links in mails. Without FRONTEND_URL, they lead to the gateway's own pages. */
    linkBase: env.FRONTEND_URL ?? ownUrl,
    pages: env.PAGES ?? (production ? [] : ALL_PAGES),
    brand: brandOf(env),
    identityProviders,
    telemetry: telemetryOf(env),
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

function mailTransport(env: Variables) {
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
