import { describe, expect, it } from 'vitest';
import { describeOnPostgres } from '../../support/backends.js';
import { runGateway, secret } from '../../support/gateway.js';
import { send } from '../../support/http.js';
import { faultlessProduction } from '../../support/production.js';
import { startMailServer } from '../../support/smtp.js';
import { freePort } from '../../support/wait.js';

describe('the start with an invalid environment', () => {
  it('prints one line per fault, including misspelt names, and exits with 1', async () => {
    const { status, printed } = await runGateway({
      CORS_ORIGINS: 'app.example.test',
      TRUST_PROXY: 'true',
      FROM_EMAIL: 'nonsense',
      DATABASE_URL: 'postgres://u:pw-of-it@h/db?schema=auth',
      JWT_SECRET: 'secret-that-is-misspelt',
    });
    expect(status).toBe(1);
    const lines = printed.trim().split('\n');
    expect(lines.map((line) => line.split(' ')[0]).toSorted()).toEqual([
      'CORS_ORIGINS',
      'DATABASE_URL',
      'FROM_EMAIL',
      'JWT_SECRET',
      'TRUST_PROXY',
    ]);
    expect(printed).not.toMatch(/nonsense|pw-of-it|secret-that-is-misspelt|\bat .+:\d+:\d+/);
  });

  it('prints each fault in production, without the values of secrets, and exits with 1', async () => {
    const given = secret();
    const { status, printed } = await runGateway({
      ...faultlessProduction(),
      JWT_SECRET_KEY: given,
      JWT_REFRESH_SECRET_KEY: 'much-too-short',
      ENCRYPTION_KEY: given,
      FRONTEND_URL: undefined,
      SMTP_HOST: undefined,
      SMTP_PORT: undefined,
    });
    expect(status).toBe(1);
    const lines = printed.trim().split('\n');
    expect(lines.map((line) => line.split(' ')[0]).toSorted()).toEqual([
      'ENCRYPTION_KEY',
      'FRONTEND_URL',
      'JWT_REFRESH_SECRET_KEY',
      'RESEND_API_KEY',
    ]);
    for (const value of [given, 'much-too-short', 'pw-of-the-database']) expect(printed).not.toContain(value);
  });
});

describeOnPostgres('a valid production environment', ({ start }) => {
  it('starts without development features, and stops on SIGTERM with status 0', async () => {
    const mail = await startMailServer();
    const { PORT: _port, DATABASE_URL: _database, ...env } = faultlessProduction();
    const gateway = await start({ env: { ...env, ...mail.env }, mail, port: await freePort() });
    const page = await send(`${gateway.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(page.status).toBeGreaterThanOrEqual(400);
    const schema = await gateway.client.runRaw('{ __schema { queryType { name } } }');
    expect(schema.errors.length).toBeGreaterThan(0);
    const slip = await gateway.client.runRaw('{ mee { id } }');
    expect(JSON.stringify(slip.errors)).not.toMatch(/did you mean/i);
    expect(await gateway.stop()).toBe(0);
  });
});
