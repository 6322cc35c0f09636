import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { type AssertionBend, newKey, type RegistrationBend } from './authenticator.js';
import { expectCode, type Result } from './client.js';
import type { Gateway } from './gateway.js';
import { pageOrigin } from './passkeys.js';

/** Parts that are wrong in every kind of answer. */
export const BENT: Record<string, (gateway: Gateway) => AssertionBend & RegistrationBend> = {
  'another origin': () => ({ origin: 'https://evil.example' }),
  'the origin of another port': ({ port }) => ({ origin: `http://localhost:${port + 1}` }),
  'the origin in capitals': (gateway) => ({ origin: pageOrigin(gateway).toUpperCase() }),
  'a subdomain of the origin': ({ port }) => ({ origin: `http://evil.localhost:${port}` }),
  'an opaque origin': () => ({ origin: 'null' }),
  'another RP ID': () => ({ rpId: 'evil.example' }),
  'another challenge': () => ({ challenge: randomBytes(32).toString('base64url') }),
  'no challenge': () => ({ challenge: '' }),
  'another type': () => ({ type: 'payment.get' }),
  'no user presence': () => ({ isPresent: false }),
  'no user verification': () => ({ isVerified: false }),
  'the state of a backup without its eligibility': () => ({ isBackupEligible: false, isBackedUp: true }),
  'a frame of another origin': () => ({ clientData: { crossOrigin: true } }),
  'a frame of a named origin': () => ({
    clientData: { crossOrigin: true, topOrigin: 'https://evil.example' },
  }),
  'a top origin outside of a frame': () => ({ clientData: { topOrigin: 'https://evil.example' } }),
  'client data that is no JSON': () => ({ clientDataText: 'not JSON' }),
  'client data that is no object': () => ({ clientDataText: 'null' }),
  'client data of deep arrays': () => ({ clientDataText: '['.repeat(5000) }),
  'authenticator data that is too short': () => ({ bendAuthenticatorData: (data) => data.subarray(0, 36) }),
  'authenticator data with bytes left over': () => ({
    bendAuthenticatorData: (data) => Buffer.concat([data, Buffer.from([0])]),
  }),
};

/** Parts that are wrong in an assertion only. */
export const BENT_ASSERTIONS: typeof BENT = {
  'the type of a registration': () => ({ type: 'webauthn.create' }),
  'the signature of another key': () => ({ key: newKey().privateKey }),
  'an altered signature': () => ({
    bendSignature: (signature) => {
      const last = signature.length - 1;
      return Buffer.concat([signature.subarray(0, last), Buffer.from([(signature[last] ?? 0) ^ 1])]);
    },
  }),
  'a signature that is no DER': () => ({ bendSignature: () => randomBytes(64) }),
  'a signature of one byte': () => ({ bendSignature: () => Buffer.from([0x30]) }),
  'another eligibility for backups': () => ({ isBackupEligible: true }),
  'the user handle of nobody': () => ({ userHandle: randomBytes(16) }),
};

export const BENT_REGISTRATIONS: typeof BENT = {
  'the type of an assertion': () => ({ type: 'webauthn.get' }),
  'another id than the authenticator data': () => ({ innerId: randomBytes(32) }),
  'an id of 1024 bytes': () => ({ id: randomBytes(1024) }),
  'no key': () => ({ publicKey: new Map() }),
  'an algorithm that was not offered': () => ({
    publicKey: new Map<number, unknown>([
      [1, 2],
      [3, -35],
      [-1, 2],
      [-2, new Uint8Array(48)],
      [-3, new Uint8Array(48)],
    ]),
  }),
  'an RSA key of 64,000 bits': () => ({
    publicKey: new Map<number, unknown>([
      [1, 3],
      [3, -257],
      [-1, new Uint8Array(randomBytes(8000))],
      [-2, new Uint8Array([1, 0, 1])],
    ]),
  }),
  'an attestation format that needs a certificate': () => ({
    fmt: 'apple',
    attStmt: new Map([['x5c', [new Uint8Array(10)]]]),
  }),
  'a packed attestation with a certificate': () => ({
    fmt: 'packed',
    attStmt: new Map<string, unknown>([
      ['alg', -7],
      ['sig', new Uint8Array(70)],
      ['x5c', [new Uint8Array(100)]],
    ]),
  }),
  'a self attestation with a wrong signature': () => ({
    fmt: 'packed',
    attStmt: new Map<string, unknown>([
      ['alg', -7],
      ['sig', new Uint8Array(70)],
    ]),
  }),
  'an attestation of an unknown format': () => ({ fmt: '__proto__' }),
  'a statement without an attestation': () => ({ attStmt: new Map([['x', 1]]) }),
};

/** Texts that are no credential. */
export const MALFORMED: Record<string, (valid: string) => string> = {
  'no text': () => '',
  'no JSON': () => 'credential',
  null: () => 'null',
  'a number': () => '1',
  'an array': (valid) => `[${valid}]`,
  'an empty object': () => '{}',
  'a deep array': () => '['.repeat(16_000),
  'a deep object': () => '{"a":'.repeat(3000),
  'more than 16 KB': (valid) => valid.replace('{', `{"x":"${'x'.repeat(16_384)}",`),
  'prototype keys instead of its own': (valid) =>
    `{"__proto__":${valid},"constructor":{"prototype":${valid}}}`,
  'a response that is text': (valid) => JSON.stringify({ ...JSON.parse(valid), response: 'text' }),
  'an id that is a number': (valid) => JSON.stringify({ ...JSON.parse(valid), id: 1 }),
  'an id that is an object': (valid) => JSON.stringify({ ...JSON.parse(valid), id: { toString: 'x' } }),
  'an id with a NUL': (valid) => JSON.stringify({ ...JSON.parse(valid), id: 'AA\0AA' }),
  'base64 instead of base64url': (valid) => JSON.stringify({ ...JSON.parse(valid), id: 'ab+/' }),
  'another type': (valid) => JSON.stringify({ ...JSON.parse(valid), type: 'password' }),
  'client data that is an array': (valid) => {
    const credential = JSON.parse(valid);
    return JSON.stringify({ ...credential, response: { ...credential.response, clientDataJSON: ['e30'] } });
  },
};

/** Expects BAD_USER_INPUT on the field `credential`. */
export function expectRefusedCredential(result: Result<unknown>) {
  expect(expectCode(result, 'BAD_USER_INPUT').fieldErrors?.map(({ field }) => field)).toEqual(['credential']);
}
