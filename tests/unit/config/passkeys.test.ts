import { describe, expect, it } from 'vitest';
import type * as ConfigModule from '../../../src/config.js';

const built = new URL('../../../dist/src/config.js', import.meta.url).href;
const { ConfigurationError, parseConfig } = (await import(built)) as typeof ConfigModule;

type Environment = Record<string, string>;

function partyOf(env: Environment) {
  const { id, origins } = parseConfig(env, (name) => name.padEnd(32, '-')).relyingParty;
  return { id, origins };
}

function faultsOf(env: Environment): readonly string[] {
  try {
    partyOf(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
}

describe('the relying party of passkeys', () => {
  it.each<[string, Environment, { id: string; origins: string[] }]>([
    ['localhost for a gateway on loopback', {}, { id: 'localhost', origins: ['http://localhost:4000'] }],
    [
      'localhost for a gateway on all addresses',
      { HOST: '::', PORT: '8080' },
      { id: 'localhost', origins: ['http://localhost:8080'] },
    ],
    [
      'the host of FRONTEND_URL',
      { FRONTEND_URL: 'https://app.example.com/base' },
      { id: 'app.example.com', origins: ['https://app.example.com'] },
    ],
    [
      'the host of FRONTEND_URL, with the origins at or below it',
      {
        FRONTEND_URL: 'https://example.com',
        CORS_ORIGINS:
          'https://example.com,https://a.b.example.com:8443,https://evil-example.com,http://example.com,https://other.example',
      },
      { id: 'example.com', origins: ['https://example.com', 'https://a.b.example.com:8443'] },
    ],
    [
      'a front end in development',
      { FRONTEND_URL: 'http://localhost:3000' },
      { id: 'localhost', origins: ['http://localhost:3000', 'http://localhost:4000'] },
    ],
    [
      'no usable origin of a front end with an address: passkeys do not work there, but everything else',
      { FRONTEND_URL: 'https://192.0.2.7' },
      { id: 'localhost', origins: ['http://localhost:4000'] },
    ],
    [
      'WEBAUTHN_RP_ID in lower case and punycode',
      { FRONTEND_URL: 'https://app.bücher.example', WEBAUTHN_RP_ID: 'BÜCHER.example' },
      { id: 'xn--bcher-kva.example', origins: ['https://app.xn--bcher-kva.example'] },
    ],
    [
      'WEBAUTHN_ORIGINS instead of CORS_ORIGINS',
      {
        CORS_ORIGINS: 'https://elsewhere.test',
        WEBAUTHN_RP_ID: 'example.com',
        WEBAUTHN_ORIGINS: 'https://auth.example.com',
      },
      { id: 'example.com', origins: ['https://auth.example.com'] },
    ],
  ])('is %s', (_what, env, party) => {
    expect(partyOf(env)).toEqual(party);
  });

  it.each([
    'https://example.com',
    'example.com:443',
    'example.com/path',
    'user@example.com',
    '*.example.com',
    '192.0.2.7',
    '[::1]',
    '0x7f.1',
    'example.com.',
    'exa mple.com',
    'example.com?x',
  ])('is refused with the id %s', (WEBAUTHN_RP_ID) => {
    const faults = faultsOf({ WEBAUTHN_RP_ID });
    expect(faults).toEqual([expect.stringMatching(/^WEBAUTHN_RP_ID must be a domain/)]);
    expect(faults[0]).not.toContain(WEBAUTHN_RP_ID);
  });

  it.each<[string, Environment, RegExp]>([
    [
      'an origin outside of the domain',
      { WEBAUTHN_RP_ID: 'example.com', WEBAUTHN_ORIGINS: 'https://example.com,https://evil-example.com' },
      /^WEBAUTHN_ORIGINS must be at or below WEBAUTHN_RP_ID/,
    ],
    [
      'an origin above the domain',
      { WEBAUTHN_RP_ID: 'app.example.com', WEBAUTHN_ORIGINS: 'https://example.com' },
      /^WEBAUTHN_ORIGINS must be at or below WEBAUTHN_RP_ID/,
    ],
    [
      'a top-level domain',
      { WEBAUTHN_RP_ID: 'com', WEBAUTHN_ORIGINS: 'https://example.com' },
      /^WEBAUTHN_ORIGINS must be at or below WEBAUTHN_RP_ID/,
    ],
    [
      'http outside of loopback',
      { WEBAUTHN_RP_ID: 'example.com', WEBAUTHN_ORIGINS: 'http://example.com' },
      /^WEBAUTHN_ORIGINS must be https/,
    ],
    [
      'a host that only begins like loopback',
      { WEBAUTHN_RP_ID: '127.evil.example', WEBAUTHN_ORIGINS: 'http://127.evil.example' },
      /^WEBAUTHN_ORIGINS must be https/,
    ],
    [
      'no origin of a mistyped domain',
      { WEBAUTHN_RP_ID: 'exmaple.com', FRONTEND_URL: 'https://example.com' },
      /^WEBAUTHN_ORIGINS must be set/,
    ],
    [
      'a path in an origin',
      { WEBAUTHN_RP_ID: 'example.com', WEBAUTHN_ORIGINS: 'https://example.com/app' },
      /^WEBAUTHN_ORIGINS must be origins/,
    ],
  ])('is refused with %s, in one line', (_what, env, fault) => {
    const faults = faultsOf(env);
    expect(faults).toEqual([expect.stringMatching(fault)]);
    expect(faults[0]).not.toContain('example.com/');
  });

  it('reports its faults together with those of other settings', () => {
    const env = { WEBAUTHN_RP_ID: 'https://x', JWT_SECRET_KEY: 'short', STEP_UP_SECONDS: '-1' };
    const names = faultsOf(env).map((fault) => fault.split(' ')[0] ?? '');
    expect(names.toSorted()).toEqual(['JWT_SECRET_KEY', 'STEP_UP_SECONDS', 'WEBAUTHN_RP_ID']);
  });
});
