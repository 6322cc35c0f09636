import { describe, expect, it } from 'vitest';
import { describeOnPostgres } from '../../support/backends.js';
import { runGateway, secret } from '../../support/gateway.js';
import { send } from '../../support/http.js';
import { startMailServer } from '../../support/smtp.js';
import { freePort } from '../../support/wait.js';

const SECRETS = ['JWT_SECRET_KEY', 'JWT_REFRESH_SECRET_KEY', 'ENCRYPTION_KEY'] as const;

/** Every variable that a complaint could name. */
const NAMES = [
  ...SECRETS,
  'PASSWORD_PEPPER',
  'DATABASE_URL',
  'FRONTEND_URL',
  'SMTP_HOST',
  'RESEND_API_KEY',
  'BCRYPT_COST',
  'JWT_ALGORITHM',
  'PORT',
  'CORS_ORIGINS',
];

type Environment = Record<string, string | undefined>;

/** What production needs, without a fault. Nothing listens on the servers' ports: faults are found before. */
const faultless = (): Environment => ({
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

/** Exit status 1, a line for each fault that names its variable, none about anything else, and no secret's value. */
async function expectFaults(changes: Environment, faults: readonly (readonly string[])[]) {
  const env = { ...faultless(), ...changes };
  const { status, printed } = await runGateway(env);
  expect(status, printed).toBe(1);

  const lines = printed.split('\n').filter((line) => NAMES.some((name) => names(line, name)));
  expect(lines, printed).toHaveLength(faults.length);
  for (const fault of faults) {
    expect(
      lines.filter((line) => fault.some((name) => names(line, name))),
      printed,
    ).toHaveLength(1);
  }
  for (const name of [...SECRETS, 'DATABASE_URL', 'BCRYPT_COST', 'JWT_ALGORITHM', 'PASSWORD_PEPPER']) {
    for (const value of (env[name] ?? '').split(',').filter((one) => one.length > 2)) {
      expect(printed, `the value of ${name}`).not.toContain(value);
    }
  }
  expect(printed).not.toContain('pw-of-the-database');
}

/** As a word of its own: JWT_SECRET_KEY is no part of another name. */
const names = (line: string, name: string) => new RegExp(`(?<![A-Z_])${name}(?![A-Z_])`).test(line);

describe('starting in production', () => {
  for (const name of SECRETS) {
    it(`with ${name} missing`, () => expectFaults({ [name]: undefined }, [[name]]));
    it(`with ${name} empty`, () => expectFaults({ [name]: '' }, [[name]]));
    it(`with ${name} short`, () => expectFaults({ [name]: secret().slice(0, 31) }, [[name]]));
    it(`with ${name} a placeholder`, () =>
      expectFaults({ [name]: 'change-me-change-me-change-me-change-me' }, [[name]]));
    it(`with ${name} all of one character`, () => expectFaults({ [name]: 'a'.repeat(48) }, [[name]]));
    it(`with a short one among those that ${name} lists`, () =>
      expectFaults({ [name]: `${secret()},short-but-older` }, [[name]]));
  }

  for (const [one, other] of [
    [SECRETS[0], SECRETS[1]],
    [SECRETS[0], SECRETS[2]],
    [SECRETS[1], SECRETS[2]],
  ] as const) {
    it(`with ${one} equal to ${other}`, () => {
      const value = secret();
      return expectFaults({ [one]: value, [other]: value }, [[one, other]]);
    });
  }

  it('with an older secret of one equal to another', () => {
    const value = secret();
    const list = `${secret()},${value}`;
    return expectFaults({ JWT_SECRET_KEY: list, ENCRYPTION_KEY: value }, [
      ['JWT_SECRET_KEY', 'ENCRYPTION_KEY'],
    ]);
  });

  it('without DATABASE_URL', () => expectFaults({ DATABASE_URL: undefined }, [['DATABASE_URL']]));
  it('without FRONTEND_URL', () => expectFaults({ FRONTEND_URL: undefined }, [['FRONTEND_URL']]));
  it('with a FRONTEND_URL that is none', () => expectFaults({ FRONTEND_URL: 'app' }, [['FRONTEND_URL']]));
  it('without a mail transport', () =>
    expectFaults({ SMTP_HOST: undefined, SMTP_PORT: undefined }, [['SMTP_HOST', 'RESEND_API_KEY']]));
  it('with a BCRYPT_COST out of its range', () => expectFaults({ BCRYPT_COST: '4' }, [['BCRYPT_COST']]));
  it('with an unknown JWT_ALGORITHM', () => expectFaults({ JWT_ALGORITHM: 'RS255' }, [['JWT_ALGORITHM']]));
  it('with a short PASSWORD_PEPPER', () =>
    expectFaults({ PASSWORD_PEPPER: 'pepper-9f' }, [['PASSWORD_PEPPER']]));

  it('with every fault at once, each in a line of its own', () =>
    expectFaults(
      {
        JWT_SECRET_KEY: undefined,
        JWT_REFRESH_SECRET_KEY: 'much-too-short',
        ENCRYPTION_KEY: 'change-me-change-me-change-me-change-me',
        DATABASE_URL: undefined,
        FRONTEND_URL: undefined,
        SMTP_HOST: undefined,
        SMTP_PORT: undefined,
      },
      [...SECRETS.map((name) => [name]), ['DATABASE_URL'], ['FRONTEND_URL'], ['SMTP_HOST', 'RESEND_API_KEY']],
    ));
});

describeOnPostgres('production without a fault', ({ start }) => {
  it('starts, shows nothing of development and stops at SIGTERM with status 0', async () => {
    const mail = await startMailServer();
    const { PORT: _port, DATABASE_URL: _database, ...env } = faultless();
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
