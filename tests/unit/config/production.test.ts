import { describe, expect, it } from 'vitest';
import type * as ConfigModule from '../../../src/config.js';
import { secret } from '../../support/gateway.js';
import { type Environment, faultlessProduction, SECRETS } from '../../support/production.js';

const built = new URL('../../../dist/src/config.js', import.meta.url).href;
const { ConfigurationError, parseConfig } = (await import(built)) as typeof ConfigModule;

/** Every variable that a fault could name. */
const NAMES = [
  ...SECRETS,
  'PASSWORD_PEPPER',
  'SERVICE_TOKENS',
  'DATABASE_URL',
  'FRONTEND_URL',
  'SMTP_HOST',
  'RESEND_API_KEY',
  'BCRYPT_COST',
  'JWT_ALGORITHM',
  'PORT',
  'CORS_ORIGINS',
];

function faultsOf(env: Environment): readonly string[] {
  try {
    parseConfig(env, (name) => {
      throw new Error(`${name} was generated in production`);
    });
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
}

/** Expects one line per fault, with the name of its variable, and no value of a secret. */
function expectFaults(changes: Environment, faults: readonly (readonly string[])[]) {
  const env = { ...faultlessProduction(), ...changes };
  const lines = faultsOf(env);
  const printed = lines.join('\n');
  expect(lines, printed).toHaveLength(faults.length);
  expect(lines.filter((line) => !NAMES.some((name) => names(line, name)))).toEqual([]);
  for (const fault of faults) {
    expect(
      lines.filter((line) => fault.some((name) => names(line, name))),
      printed,
    ).toHaveLength(1);
  }
  for (const name of [
    ...SECRETS,
    'DATABASE_URL',
    'BCRYPT_COST',
    'JWT_ALGORITHM',
    'PASSWORD_PEPPER',
    'SERVICE_TOKENS',
  ]) {
    for (const value of (env[name] ?? '').split(',').filter((one) => one.length > 2)) {
      expect(printed, `the value of ${name}`).not.toContain(value);
    }
  }
  expect(printed).not.toContain('pw-of-the-database');
}

/** Matches the whole name: JWT_SECRET_KEY is not part of a longer one. */
const names = (line: string, name: string) => new RegExp(`(?<![A-Z_])${name}(?![A-Z_])`).test(line);

describe('the production configuration', () => {
  it('accepts a valid environment', () => expectFaults({}, []));

  for (const name of SECRETS) {
    it(`refuses a missing ${name}`, () => expectFaults({ [name]: undefined }, [[name]]));
    it(`refuses an empty ${name}`, () => expectFaults({ [name]: '' }, [[name]]));
    it(`refuses a short ${name}`, () => expectFaults({ [name]: secret().slice(0, 31) }, [[name]]));
    it(`refuses a placeholder as ${name}`, () =>
      expectFaults({ [name]: 'change-me-change-me-change-me-change-me' }, [[name]]));
    it(`refuses one repeated character as ${name}`, () => expectFaults({ [name]: 'a'.repeat(48) }, [[name]]));
    it(`refuses a short secret in the list of ${name}`, () =>
      expectFaults({ [name]: `${secret()},short-but-older` }, [[name]]));
  }

  for (const [one, other] of [
    [SECRETS[0], SECRETS[1]],
    [SECRETS[0], SECRETS[2]],
    [SECRETS[1], SECRETS[2]],
  ] as const) {
    it(`refuses ${one} equal to ${other}`, () => {
      const value = secret();
      expectFaults({ [one]: value, [other]: value }, [[one, other]]);
    });
  }

  it("refuses an older secret that equals another setting's secret", () => {
    const value = secret();
    const list = `${secret()},${value}`;
    expectFaults({ JWT_SECRET_KEY: list, ENCRYPTION_KEY: value }, [['JWT_SECRET_KEY', 'ENCRYPTION_KEY']]);
  });

  it('refuses an environment without DATABASE_URL', () =>
    expectFaults({ DATABASE_URL: undefined }, [['DATABASE_URL']]));
  it('refuses an environment without FRONTEND_URL', () =>
    expectFaults({ FRONTEND_URL: undefined }, [['FRONTEND_URL']]));
  it('refuses a malformed FRONTEND_URL', () => expectFaults({ FRONTEND_URL: 'app' }, [['FRONTEND_URL']]));
  it('refuses an environment without a mail transport', () =>
    expectFaults({ SMTP_HOST: undefined, SMTP_PORT: undefined }, [['SMTP_HOST', 'RESEND_API_KEY']]));
  it('refuses a BCRYPT_COST out of range', () => expectFaults({ BCRYPT_COST: '4' }, [['BCRYPT_COST']]));
  it('refuses an unknown JWT_ALGORITHM', () => expectFaults({ JWT_ALGORITHM: 'RS255' }, [['JWT_ALGORITHM']]));
  it('refuses a short PASSWORD_PEPPER', () =>
    expectFaults({ PASSWORD_PEPPER: 'pepper-9f' }, [['PASSWORD_PEPPER']]));

  it('refuses SERVICE_TOKENS that are short, placeholders, doubled, used elsewhere, or no token', () => {
    expectFaults({ SERVICE_TOKENS: `${secret()}, ${secret()}` }, []);
    expectFaults({ SERVICE_TOKENS: '' }, []);
    const [key, token] = [secret(), secret()];
    const faulty = [
      'short-token',
      `${token},short-token`,
      'a'.repeat(48),
      'change-me-'.repeat(5),
      `${token},${token}`,
    ];
    for (const value of faulty) expectFaults({ SERVICE_TOKENS: value }, [['SERVICE_TOKENS']]);
    expectFaults({ SERVICE_TOKENS: `${secret()} ${secret()}` }, [['SERVICE_TOKENS']]);
    expectFaults({ ENCRYPTION_KEY: key, SERVICE_TOKENS: key }, [['SERVICE_TOKENS']]);
  });

  it('reports all faults at once, one per line', () =>
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
