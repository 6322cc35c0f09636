import { z } from 'zod';
import { brandVariables } from './config-brand.js';
import { rateLimits } from './config-rate-limits.js';
import { telemetryVariables } from './config-telemetry.js';
import {
  baseUrl,
  boolean,
  databaseUrl,
  domain,
  emailAddress,
  integer,
  list,
  origins,
  pages,
  postgresUrl,
  proxies,
  redisUrl,
  replicaUrls,
  secureUrl,
  sender,
  serviceTokens,
  username,
} from './config-values.js';

/** The settings, apart from those of each identity provider. `.env.example` says what they mean. */
export const variables = z.object({
  NODE_ENV: z.string().optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: integer(1, 65_535, 4000),
  DATABASE_URL: databaseUrl.default('pglite:.data/postgres'),
  DATABASE_DIRECT_URL: postgresUrl.optional(),
  DATABASE_REPLICA_URLS: replicaUrls.default([]),
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
  PAGES: pages.optional(),
  ...brandVariables,
  WEBAUTHN_RP_ID: domain.optional(),
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
  ...telemetryVariables,
  LOG_LEVEL: z
    .enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'must be trace, debug, info, warn, error, fatal or silent',
    )
    .default('info'),
});

export type Variables = z.output<typeof variables>;

/** The names of all settings. */
export const VARIABLE_NAMES: readonly string[] = Object.keys(variables.shape);
