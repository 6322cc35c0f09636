import { describe, expect, it } from 'vitest';
import type * as ConfigModule from '../../../src/config.js';

const built = new URL('../../../dist/src/config.js', import.meta.url).href;
const { misspeltNames, parseConfig } = (await import(built)) as typeof ConfigModule;

type Environment = Record<string, string>;

const COMPLETE: Environment = {
  IDENTITY_PROVIDERS: 'corp',
  IDENTITY_PROVIDER_CORP_ISSUER: 'https://id.example.com/realms/corp',
  IDENTITY_PROVIDER_CORP_CLIENT_ID: 'gatehouse',
  IDENTITY_PROVIDER_CORP_CLIENT_SECRET: 'a-client-secret',
};

const parse = (env: Environment) => parseConfig(env, (name) => name.padEnd(32, '-')).identityProviders;

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
  const faults = faultsOf({ ...COMPLETE, [name]: value });
  expect(faults, `${name}=${value}`).toHaveLength(1);
  expect(faults[0]).toMatch(new RegExp(`^${name} must `));
  if (value.length > 8) expect(faults[0]).not.toContain(value);
}

describe('the settings of identity providers', () => {
  it('are none by default', () => {
    expect(parse({})).toEqual([]);
    expect(parse({ IDENTITY_PROVIDERS: ' ' })).toEqual([]);
  });

  it('have defaults', () => {
    expect(parse(COMPLETE)).toEqual([
      {
        id: 'corp',
        issuer: 'https://id.example.com/realms/corp',
        clientId: 'gatehouse',
        clientSecret: 'a-client-secret',
        name: 'corp',
        scopes: ['openid', 'email', 'profile'],
        create: true,
        role: 'CUSTOMER',
        domains: [],
        linkVerified: false,
      },
    ]);
  });

  it('are read for each provider in the order of the list', () => {
    const env = {
      IDENTITY_PROVIDERS: 'my-idp, corp',
      IDENTITY_PROVIDER_MY_IDP_ISSUER: 'http://localhost:8080/',
      IDENTITY_PROVIDER_MY_IDP_CLIENT_ID: 'one',
      IDENTITY_PROVIDER_MY_IDP_CLIENT_SECRET: 'two',
      IDENTITY_PROVIDER_MY_IDP_NAME: 'My provider',
      IDENTITY_PROVIDER_MY_IDP_SCOPES: 'openid  email',
      IDENTITY_PROVIDER_MY_IDP_CREATE: 'false',
      IDENTITY_PROVIDER_MY_IDP_ROLE: 'STAFF',
      IDENTITY_PROVIDER_MY_IDP_DOMAINS: 'Example.com, example.org',
      IDENTITY_PROVIDER_MY_IDP_LINK_VERIFIED: 'true',
    };
    expect(parse({ ...COMPLETE, ...env })).toMatchObject([
      {
        id: 'my-idp',
        name: 'My provider',
        scopes: ['openid', 'email'],
        create: false,
        role: 'STAFF',
        domains: ['example.com', 'example.org'],
        linkVerified: true,
      },
      { id: 'corp' },
    ]);
  });

  it('report every fault in a line of its own', () => {
    const faults = faultsOf({ IDENTITY_PROVIDERS: 'corp,other' });
    expect(faults).toEqual(
      ['CORP', 'OTHER'].flatMap((id) => [
        `IDENTITY_PROVIDER_${id}_ISSUER must be set to the issuer of the provider`,
        `IDENTITY_PROVIDER_${id}_CLIENT_ID must be set to the client id that the provider gave`,
        `IDENTITY_PROVIDER_${id}_CLIENT_SECRET must be set to the client secret that the provider gave`,
      ]),
    );
  });

  it.each([
    'Corp',
    'a b',
    '../corp',
    'corp/x',
    '1corp',
    '-corp',
    'corp,corp',
    'a-b,a_b',
    'x'.repeat(33),
    'ünï',
  ])('refuse the ids %j', (ids) => expectFault('IDENTITY_PROVIDERS', ids));

  it.each(['http://localhost', 'http://127.0.0.1:9000/realm', 'http://[::1]:9000', 'http://127.1.2.3'])(
    'accept the issuer %s',
    (issuer) => expect(faultsOf({ ...COMPLETE, IDENTITY_PROVIDER_CORP_ISSUER: issuer })).toEqual([]),
  );

  it.each([
    'id.example.com',
    'http://id.example.com',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://10.0.0.1',
    'http://192.168.0.1',
    'ftp://id.example.com',
    'javascript:alert(1)',
    'https://user:password@id.example.com',
    'https://id.example.com/?a=b',
    'https://id.example.com/#a',
    'https://id.example.com/.well-known/openid-configuration',
    'https://login.microsoftonline.com/common/v2.0',
    'https://login.microsoftonline.com/organizations/v2.0',
  ])('refuse the issuer %s', (issuer) => expectFault('IDENTITY_PROVIDER_CORP_ISSUER', issuer));

  it.each([
    ['ROLE', 'ADMIN'],
    ['ROLE', 'staff'],
    ['CREATE', 'yes'],
    ['LINK_VERIFIED', 'TRUE'],
    ['SCOPES', 'email profile'],
    ['DOMAINS', '*.example.com'],
    ['DOMAINS', 'example'],
    ['DOMAINS', '@example.com'],
    ['NAME', 'x'.repeat(61)],
    ['NAME', 'a\nb'],
  ])('refuse %s=%j', (name, value) => expectFault(`IDENTITY_PROVIDER_CORP_${name}`, value));

  it('need a public URL for the callbacks', () => {
    expect(faultsOf({ ...COMPLETE, JWT_ISSUER: 'gatehouse' })).toEqual([
      'JWT_ISSUER must be the public URL of the gateway, because IDENTITY_PROVIDERS is set',
    ]);
    expect(faultsOf({ ...COMPLETE, JWT_ISSUER: 'https://auth.example.com/' })).toEqual([]);
    expect(faultsOf({ JWT_ISSUER: 'gatehouse' })).toEqual([]);
  });

  it.each([
    ['IDENTITY_PROVIDER_CORP_CLIENTID', 'did you mean IDENTITY_PROVIDER_CORP_CLIENT_ID?'],
    ['IDENTITY_PROVIDER_CORP_SCOPE', 'did you mean IDENTITY_PROVIDER_CORP_SCOPES?'],
    ['IDENTITY_PROVIDER_CORP_ISUER', 'did you mean IDENTITY_PROVIDER_CORP_ISSUER?'],
    ['IDENTITY_PROVIDER_OTHER_ISSUER', 'IDENTITY_PROVIDERS does not list its provider'],
    ['IDENTITY_PROVIDER', 'did you mean IDENTITY_PROVIDERS?'],
  ])('report the unknown variable %s', (name, hint) => {
    expect(misspeltNames({ ...COMPLETE, [name]: 'x' })).toEqual([
      `${name} is not a variable of the gateway: ${hint}`,
    ]);
  });
});
