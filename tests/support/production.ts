import { secret } from './gateway.js';

export const SECRETS = ['JWT_SECRET_KEY', 'JWT_REFRESH_SECRET_KEY', 'ENCRYPTION_KEY'] as const;

export type Environment = Record<string, string | undefined>;

/** A valid production environment. No server listens on its ports: faults are found before any connection. */
export const faultlessProduction = (): Environment => ({
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  PORT: '4010',
  DATABASE_URL: 'postgres://gatehouse:pw-of-the-database@127.0.0.1:1/gatehouse',
  FRONTEND_URL: 'https://app.example.com',
  FROM_EMAIL: 'noreply@example.com',
  SMTP_HOST: '127.0.0.1',
  SMTP_PORT: '1',
  ...Object.fromEntries(SECRETS.map((name) => [name, secret()])),
});
