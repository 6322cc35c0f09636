import { createHash, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AuthErrorCode } from '../../generated/enums.js';
import { LogoutDocument, ResetUserTwoFactorDocument } from '../../generated/graphql.js';
import { login, signIn } from '../../support/accounts.js';
import {
  type AssertionBend,
  newKey,
  type RegistrationBend,
  SoftwareAuthenticator,
} from '../../support/authenticator.js';
import { clone } from '../../support/cast.js';
import { expectCode, expectData, type Result } from '../../support/client.js';
import { codeOf } from '../../support/codes.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgres, describeOnPostgresFirst } from '../../support/in-process.js';
import {
  addPasskey,
  finishRegistration,
  finishSignIn,
  type PasskeyOwner,
  pageOrigin,
  passkeyChallenge,
  passkeyOwner,
  passkeysOf,
  reauthenticate,
  registrationOf,
  remove,
  rename,
  signedInByPasskey,
  signInBy,
  signInCeremony,
  startReauthentication,
  startRegistration,
} from '../../support/passkeys.js';
import { RACES } from '../../support/races.js';
import { resetBy, resetToken } from '../../support/recovery.js';
import { type Protected, protectedAccount } from '../../support/totp.js';

const AT_ONCE = 20;

const codesOf = (results: Result<unknown>[]) => results.map(({ errors }) => codeOf(errors));
const count = <T>(list: T[], wanted: T) => list.filter((one) => one === wanted).length;

/** A user with TOTP and a passkey. */
interface Guarded extends Protected {
  soft: SoftwareAuthenticator;
}

/** Expects BAD_USER_INPUT on the field `credential`. */
function expectRefusedCredential(result: Result<unknown>) {
  expect(expectCode(result, 'BAD_USER_INPUT').fieldErrors?.map(({ field }) => field)).toEqual(['credential']);
}

/** Parts that are wrong in every kind of answer. */
const BENT: Record<string, (gateway: Gateway) => AssertionBend & RegistrationBend> = {
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
const BENT_ASSERTIONS: typeof BENT = {
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

const BENT_REGISTRATIONS: typeof BENT = {
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
const MALFORMED: Record<string, (valid: string) => string> = {
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

describeOnPostgresFirst('attacks on passkeys', ({ start }) => {
  let gateway: Gateway;
  let owner: PasskeyOwner;

  beforeAll(async () => {
    gateway = await start();
    owner = await passkeyOwner(gateway);
  });

  describe('a sign-in', () => {
    for (const [part, bend] of Object.entries({ ...BENT, ...BENT_ASSERTIONS })) {
      it(`is refused with ${part}, and the challenge is used up`, async () => {
        const { challengeToken, options } = await signInCeremony(gateway);
        const credential = owner.authenticator.get(options, bend(gateway));
        expectCode(await finishSignIn(gateway, { challengeToken, credential }), 'INVALID_CREDENTIALS');
        const right = owner.authenticator.get(options);
        expectCode(await finishSignIn(gateway, { challengeToken, credential: right }), 'TOKEN_INVALID');
        await signedInByPasskey(gateway, owner.authenticator);
      });
    }

    it('is refused without a user handle, with that of another user, and with a credential of another user', async () => {
      const other = await passkeyOwner(gateway);
      expectCode(await signInBy(gateway, owner.authenticator, { userHandle: null }), 'INVALID_CREDENTIALS');
      const { userHandle } = other.authenticator;
      expectCode(await signInBy(gateway, owner.authenticator, { userHandle }), 'INVALID_CREDENTIALS');
      const { id } = other.authenticator;
      expectCode(await signInBy(gateway, owner.authenticator, { id }), 'INVALID_CREDENTIALS');
      expectCode(await signInBy(gateway, owner.authenticator, { id, userHandle }), 'INVALID_CREDENTIALS');
      expect((await signedInByPasskey(gateway, owner.authenticator)).user.username).toBe(owner.username);
      expect((await signedInByPasskey(gateway, other.authenticator)).user.username).toBe(other.username);
    });

    it('is refused with an unknown and with a removed passkey', async () => {
      const stranger = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
      const { userHandle } = owner.authenticator;
      expectCode(await signInBy(gateway, stranger, { userHandle }), 'INVALID_CREDENTIALS');
      const { authenticator, passkeyId } = await addPasskey(gateway, owner.token);
      await signedInByPasskey(gateway, authenticator);
      expectData(await remove(gateway, owner.token, passkeyId));
      expectCode(await signInBy(gateway, authenticator), 'INVALID_CREDENTIALS');
    });

    it('succeeds once with an assertion', async () => {
      const { challengeToken, options } = await signInCeremony(gateway);
      const credential = owner.authenticator.get(options);
      expectData(await finishSignIn(gateway, { challengeToken, credential }));
      expectCode(await finishSignIn(gateway, { challengeToken, credential }), 'TOKEN_INVALID');
      const another = await signInCeremony(gateway);
      expectCode(
        await finishSignIn(gateway, { challengeToken: another.challengeToken, credential }),
        'INVALID_CREDENTIALS',
      );
    });

    it('succeeds for exactly one of 20 concurrent requests', async () => {
      for (let round = 0; round < RACES; round += 1) {
        const { challengeToken, options } = await signInCeremony(gateway);
        const credential = owner.authenticator.get(options);
        const results = await Promise.all(
          Array.from({ length: AT_ONCE }, () => finishSignIn(gateway, { challengeToken, credential })),
        );
        expect(count(codesOf(results), 'none'), `round ${round}`).toBe(1);
        expect(count(codesOf(results), 'TOKEN_INVALID')).toBe(AT_ONCE - 1);
      }
    });

    it('accepts only the token of a sign-in', async () => {
      const registration = await registrationOf(gateway, owner.token);
      const again = expectData(
        await startReauthentication(gateway, owner.token),
      ).startPasskeyReauthentication;
      const guarded = await protectedAccount(gateway);
      const { authenticator } = await addPasskey(gateway, guarded.token);
      const second = await passkeyChallenge(gateway, guarded);
      for (const [ceremony, soft] of [
        [registration, owner.authenticator],
        [again, owner.authenticator],
        [second, authenticator],
      ] as const) {
        const credential = soft.get(ceremony.options);
        const { challengeToken } = ceremony;
        expectCode(await finishSignIn(gateway, { challengeToken, credential }), 'TOKEN_INVALID');
      }
      for (const challengeToken of ['', 'ghks_', `ghks_${'A'.repeat(43)}`, '\0', 'x'.repeat(5000)]) {
        const credential = owner.authenticator.get(again.options);
        expectCode(await finishSignIn(gateway, { challengeToken, credential }), 'TOKEN_INVALID');
      }
      await signedInByPasskey(gateway, owner.authenticator);
      await signedInByPasskey(gateway, authenticator);
    });

    for (const [name, bend] of Object.entries(MALFORMED)) {
      it(`answers BAD_USER_INPUT to ${name} instead of a credential`, async () => {
        const { challengeToken, options } = await signInCeremony(gateway);
        const right = owner.authenticator.get(options);
        const credential = bend(right);
        expectRefusedCredential(await finishSignIn(gateway, { challengeToken, credential }));
        // The input was refused before the token was consumed.
        expectData(await finishSignIn(gateway, { challengeToken, credential: right }));
      });
    }

    it('ignores unknown and prototype keys beside the known ones', async () => {
      const { challengeToken, options } = await signInCeremony(gateway);
      const right = owner.authenticator.get(options);
      const credential = right.replace('{', '{"__proto__":{"id":"x"},"constructor":1,"more":[1],');
      expectData(await finishSignIn(gateway, { challengeToken, credential }));
      expect(({} as { id?: string }).id).toBeUndefined();
    });
  });

  describe('a signature counter', () => {
    it('that does not grow refuses the sign-in, and the owner is mailed', async () => {
      const user = await passkeyOwner(gateway);
      const copy = user.authenticator.copy();
      for (let use = 0; use < 3; use += 1) await signedInByPasskey(gateway, user.authenticator);
      expectCode(await signInBy(gateway, copy), 'INVALID_CREDENTIALS');
      const { counter } = user.authenticator;
      expectCode(await signInBy(gateway, user.authenticator, { counter }), 'INVALID_CREDENTIALS');
      expectCode(await signInBy(gateway, user.authenticator, { counter: 0 }), 'INVALID_CREDENTIALS');
      await gateway.mail.waitForMail(user.email, ({ subject }) => subject.includes('refused'));
      await signedInByPasskey(gateway, user.authenticator);
    });

    it('that stays 0 is accepted, until it has counted once', async () => {
      const { authenticator } = await addPasskey(gateway, owner.token, { counts: false });
      await signedInByPasskey(gateway, authenticator);
      await signedInByPasskey(gateway, authenticator);
      expectData(await signInBy(gateway, authenticator, { counter: 7 }));
      expectCode(await signInBy(gateway, authenticator), 'INVALID_CREDENTIALS');
      expectData(await signInBy(gateway, authenticator, { counter: 0xffff_ffff }));
      expectCode(await signInBy(gateway, authenticator, { counter: 0xffff_ffff }), 'INVALID_CREDENTIALS');
    });

    it('that a wrong signature carries moves nothing, and mails nobody', async () => {
      const user = await passkeyOwner(gateway);
      await signedInByPasskey(gateway, user.authenticator);
      const key = newKey().privateKey;
      for (const counter of [0, 1_000_000])
        expectCode(await signInBy(gateway, user.authenticator, { key, counter }), 'INVALID_CREDENTIALS');
      await signedInByPasskey(gateway, user.authenticator);
      const mails = (await gateway.mail.mails()).filter(({ to }) => to.includes(user.email));
      expect(mails.filter(({ subject }) => subject.includes('refused'))).toEqual([]);
    });

    it('lets one of two copies with the same counter sign in', async () => {
      for (let round = 0; round < RACES; round += 1) {
        const user = await passkeyOwner(gateway);
        const twins = [user.authenticator, user.authenticator.copy()];
        const results = await Promise.all(twins.map((twin) => signInBy(gateway, twin)));
        expect(codesOf(results).toSorted(), `round ${round}`).toEqual(['INVALID_CREDENTIALS', 'none']);
      }
    });

    it('that does not grow refuses the second factor, and the owner is mailed', async () => {
      const user = await protectedAccount(gateway);
      const { authenticator } = await addPasskey(gateway, user.token);
      const copy = authenticator.copy();
      await signedInByPasskey(gateway, authenticator);
      const { challengeToken, options } = await passkeyChallenge(gateway, user);
      expectCode(await secondStepBy(gateway, challengeToken, copy.get(options)), 'INVALID_TWO_FACTOR_CODE');
      await gateway.mail.waitForMail(user.email, ({ subject }) => subject.includes('refused'));
      expectData(await secondStepBy(gateway, challengeToken, authenticator.get(options)));
    });
  });

  describe('a registration', () => {
    for (const [part, bend] of Object.entries({ ...BENT, ...BENT_REGISTRATIONS })) {
      it(`is refused with ${part}, and the challenge is used up`, async () => {
        const user = await clone(gateway, 'CUSTOMER');
        const { challengeToken, options } = await registrationOf(gateway, user.token);
        const authenticator = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
        const credential = authenticator.create(options, bend(gateway));
        const refused = await finishRegistration(gateway, user.token, { challengeToken, credential });
        expectRefusedCredential(refused);
        const right = { challengeToken, credential: authenticator.create(options) };
        const isMalformed = part === 'an id of 1024 bytes';
        const repeated = await finishRegistration(gateway, user.token, right);
        if (isMalformed) expectData(repeated);
        else expectCode(repeated, 'TOKEN_INVALID');
        const again = await registrationOf(gateway, user.token);
        const other = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
        const input = { challengeToken: again.challengeToken, credential: other.create(again.options) };
        expectData(await finishRegistration(gateway, user.token, input));
      });
    }

    it('accepts a self attestation', async () => {
      const { challengeToken, options } = await registrationOf(gateway, owner.token);
      const authenticator = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
      const credential = authenticator.create(options, authenticator.selfAttestation(options));
      expectData(await finishRegistration(gateway, owner.token, { challengeToken, credential }));
      await signedInByPasskey(gateway, authenticator);
    });

    for (const [name, bend] of Object.entries(MALFORMED)) {
      it(`answers BAD_USER_INPUT to ${name} instead of a credential`, async () => {
        const { challengeToken, options } = await registrationOf(gateway, owner.token);
        const authenticator = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
        const credential = bend(authenticator.create(options));
        expectRefusedCredential(
          await finishRegistration(gateway, owner.token, { challengeToken, credential }),
        );
      });
    }

    it('needs the password or a recent authentication', async () => {
      const { token, password } = await clone(gateway, 'CUSTOMER');
      expectCode(await startRegistration(gateway, token, `${password}!`), 'INVALID_CREDENTIALS');
      expectData(await startRegistration(gateway, token, password));
    });

    it('accepts only the token of the same user, of the same purpose, once', async () => {
      const [user, other] = [await clone(gateway, 'CUSTOMER'), await clone(gateway, 'CUSTOMER')];
      const { challengeToken, options } = await registrationOf(gateway, user.token);
      const authenticator = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
      const input = { challengeToken, credential: authenticator.create(options) };
      expectCode(await finishRegistration(gateway, other.token, input), 'TOKEN_INVALID');
      const anonymous = await signInCeremony(gateway);
      const foreign = { ...input, challengeToken: anonymous.challengeToken };
      expectCode(await finishRegistration(gateway, user.token, foreign), 'TOKEN_INVALID');
      expectData(await finishRegistration(gateway, user.token, input));
      expectCode(await finishRegistration(gateway, user.token, input), 'TOKEN_INVALID');
      expect(await passkeysOf(gateway, user.token)).toHaveLength(1);
      expect(await passkeysOf(gateway, other.token)).toEqual([]);
    });

    it('ends with the session, and with a newer registration', async () => {
      const user = await clone(gateway, 'CUSTOMER');
      const authenticator = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
      const first = await registrationOf(gateway, user.token);
      const second = await registrationOf(gateway, user.token);
      const answerTo = ({ challengeToken, options }: typeof first) => ({
        challengeToken,
        credential: authenticator.create(options),
      });
      expectCode(await finishRegistration(gateway, user.token, answerTo(first)), 'TOKEN_INVALID');
      expectData(await gateway.client.run(LogoutDocument, {}, { token: user.token }));
      expectCode(await finishRegistration(gateway, user.token, answerTo(second)), 'UNAUTHENTICATED');
      const { accessToken } = await signIn(gateway, user);
      expectData(await finishRegistration(gateway, accessToken, answerTo(second)));
    });

    it('is refused for a credential that any user has registered', async () => {
      const other = await clone(gateway, 'CUSTOMER');
      const { authenticator } = await addPasskey(gateway, owner.token);
      const { userHandle } = authenticator;
      for (const token of [owner.token, other.token]) {
        const { challengeToken, options } = await registrationOf(gateway, token);
        const credential = authenticator.create(options);
        expectRefusedCredential(await finishRegistration(gateway, token, { challengeToken, credential }));
      }
      expect(await passkeysOf(gateway, other.token)).toEqual([]);
      authenticator.userHandle = userHandle;
      expect((await signedInByPasskey(gateway, authenticator)).user.username).toBe(owner.username);
    });

    it('succeeds for exactly one of 20 concurrent requests', async () => {
      const user = await clone(gateway, 'CUSTOMER');
      const { challengeToken, options } = await registrationOf(gateway, user.token);
      const results = await Promise.all(
        Array.from({ length: AT_ONCE }, () => {
          const credential = new SoftwareAuthenticator({ origin: pageOrigin(gateway) }).create(options);
          return finishRegistration(gateway, user.token, { challengeToken, credential });
        }),
      );
      expect(count(codesOf(results), 'none')).toBe(1);
      expect(await passkeysOf(gateway, user.token)).toHaveLength(1);
    });

    it('is refused for the 21st passkey, at its start and at its end', async () => {
      const user = await clone(gateway, 'CUSTOMER');
      for (let number = 0; number < 19; number += 1) await addPasskey(gateway, user.token);
      const late = await registrationOf(gateway, user.token);
      const sql = openDatabase(gateway);
      await sql`
        insert into passkeys (user_id, credential_id, public_key, counter, transports, aaguid, name, backup_eligible, backed_up)
        select user_id, ${randomBytes(16)}, public_key, 0, transports, aaguid, 'The 20th', false, false
        from passkeys where user_id = ${user.id} limit 1`;
      const authenticator = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
      const input = { challengeToken: late.challengeToken, credential: authenticator.create(late.options) };
      expectCode(await finishRegistration(gateway, user.token, input), 'BAD_USER_INPUT');
      const { fieldErrors } = expectCode(await startRegistration(gateway, user.token), 'BAD_USER_INPUT');
      expect(fieldErrors?.[0]?.message).toContain('at most 20 passkeys');
      const listed = await passkeysOf(gateway, user.token);
      expect(listed).toHaveLength(20);
      expect(new Set(listed.map(({ name }) => name)).size).toBe(20);
      expectData(await remove(gateway, user.token, listed[0]?.id ?? ''));
      await addPasskey(gateway, user.token);
    });

    it.each([
      ['a bidi override', 'Key \u202e'],
      ['a control character', 'Key \u0007'],
      ['101 characters', 'x'.repeat(101)],
      ['a lone surrogate', 'Key \ud800'],
      ['a NUL', 'Key \0'],
    ])('refuses a name with %s, also at renaming', async (_what, name) => {
      const { challengeToken, options } = await registrationOf(gateway, owner.token);
      const authenticator = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
      const input = { challengeToken, credential: authenticator.create(options), name };
      const refused = expectCode(await finishRegistration(gateway, owner.token, input), 'BAD_USER_INPUT');
      expect(refused.fieldErrors?.map(({ field }) => field)).toEqual(['name']);
      expectCode(await rename(gateway, owner.token, owner.passkeyId, name), 'BAD_USER_INPUT');
      expectData(await finishRegistration(gateway, owner.token, { ...input, name: 'Key' }));
    });
  });

  describe('the second factor', () => {
    it.each(Object.entries({ ...BENT, ...BENT_ASSERTIONS }))('is refused with %s', async (_part, bend) => {
      const user = await guarded();
      const { challengeToken, options } = await passkeyChallenge(gateway, user);
      const bent = user.soft.get(options, bend(gateway));
      expectCode(await secondStepBy(gateway, challengeToken, bent), 'INVALID_TWO_FACTOR_CODE');
      expectData(await secondStepBy(gateway, challengeToken, user.soft.get(options)));
    });

    it('is refused with the passkey of another user', async () => {
      const { challengeToken, options } = await passkeyChallenge(gateway, user);
      const foreign = owner.authenticator.get(options);
      expectCode(await secondStepBy(gateway, challengeToken, foreign), 'INVALID_TWO_FACTOR_CODE');
      const disguised = owner.authenticator.get(options, { userHandle: user.soft.userHandle });
      expectCode(await secondStepBy(gateway, challengeToken, disguised), 'INVALID_TWO_FACTOR_CODE');
      expectData(await secondStepBy(gateway, challengeToken, user.soft.get(options)));
    });

    it('counts wrong assertions like wrong codes', async () => {
      const user = await guarded();
      const key = newKey().privateKey;
      const { challengeToken, options } = await passkeyChallenge(gateway, user);
      for (let guess = 0; guess < 5; guess += 1) {
        const wrong = user.soft.get(options, { key });
        expectCode(await secondStepBy(gateway, challengeToken, wrong), 'INVALID_TWO_FACTOR_CODE');
      }
      const next = await passkeyChallenge(gateway, user);
      const right = user.soft.get(next.options);
      expectCode(await secondStepBy(gateway, next.challengeToken, right), 'ACCOUNT_LOCKED');
      // The lock is about the second step. The passkey alone still signs in.
      await signedInByPasskey(gateway, user.soft);
    });

    it('answers BAD_USER_INPUT to a malformed credential, and does not count it', async () => {
      for (const bend of Object.values(MALFORMED).slice(1, 8)) {
        const { challengeToken, options } = await passkeyChallenge(gateway, user);
        const credential = bend(user.soft.get(options));
        expectRefusedCredential(await secondStepBy(gateway, challengeToken, credential));
      }
      const { challengeToken, options } = await passkeyChallenge(gateway, user);
      expectData(await secondStepBy(gateway, challengeToken, user.soft.get(options)));
    });

    it('does not sign in by a passkey without the password: the challenge of a sign-in is another', async () => {
      const { challengeToken, options } = await signInCeremony(gateway);
      const credential = user.soft.get(options);
      expectCode(await secondStepBy(gateway, challengeToken, credential), 'TOKEN_INVALID');
    });
  });

  describe('a re-authentication', () => {
    let user: PasskeyOwner;

    beforeAll(async () => {
      user = await passkeyOwner(gateway);
    });

    const begin = async (token: string) =>
      expectData(await startReauthentication(gateway, token)).startPasskeyReauthentication;

    it.each(Object.entries({ ...BENT, ...BENT_ASSERTIONS }))('is refused with %s', async (_part, bend) => {
      const { challengeToken, options } = await begin(user.token);
      const credential = user.authenticator.get(options, bend(gateway));
      const refused = await reauthenticate(gateway, user.token, { challengeToken, credential });
      expect(codeOf(refused.errors)).toBeOneOf(['INVALID_TWO_FACTOR_CODE', 'INVALID_CREDENTIALS']);
      const again = await begin(user.token);
      const right = answerTo(again, user.authenticator.get(again.options));
      expectData(await reauthenticate(gateway, user.token, right));
    });

    it('accepts an assertion once, and none of another ceremony or user', async () => {
      const once = await begin(user.token);
      const credential = user.authenticator.get(once.options);
      const used = { challengeToken: once.challengeToken, credential };
      expectData(await reauthenticate(gateway, user.token, used));
      expectCode(await reauthenticate(gateway, user.token, used), 'TOKEN_INVALID');

      const anonymous = await signInCeremony(gateway);
      const ofSignIn = {
        challengeToken: anonymous.challengeToken,
        credential: user.authenticator.get(anonymous.options),
      };
      expectCode(await reauthenticate(gateway, user.token, ofSignIn), 'TOKEN_INVALID');

      const other = await passkeyOwner(gateway);
      const theirs = await begin(other.token);
      const foreign = {
        challengeToken: theirs.challengeToken,
        credential: user.authenticator.get(theirs.options),
      };
      const refused = await reauthenticate(gateway, user.token, foreign);
      expect(codeOf(refused.errors)).toBeOneOf([
        'TOKEN_INVALID',
        'INVALID_TWO_FACTOR_CODE',
        'INVALID_CREDENTIALS',
      ]);
      // It consumed nothing of the other user.
      const theirsRight = {
        challengeToken: theirs.challengeToken,
        credential: other.authenticator.get(theirs.options),
      };
      expectData(await reauthenticate(gateway, other.token, theirsRight));
    });

    it('refuses an assertion that answered, or could answer, the second step of a sign-in', async () => {
      const user = await guarded();
      const { challengeToken, options } = await passkeyChallenge(gateway, user);
      const credential = user.soft.get(options);
      expectCode(await reauthenticate(gateway, user.token, { challengeToken, credential }), 'TOKEN_INVALID');
      expectData(await secondStepBy(gateway, challengeToken, credential));
      expectCode(await reauthenticate(gateway, user.token, { challengeToken, credential }), 'TOKEN_INVALID');
    });

    it('refuses a token that the gateway never issued', async () => {
      const { options } = await begin(user.token);
      for (const challengeToken of ['', 'token', `ghka_${'A'.repeat(43)}`, `ghc_${'A'.repeat(43)}`]) {
        const challenge = createHash('sha256')
          .update(`webauthn challenge\0${challengeToken}`)
          .digest('base64url');
        const credential = user.authenticator.get(options, { challenge });
        const refused = await reauthenticate(gateway, user.token, { challengeToken, credential });
        expect(codeOf(refused.errors)).toBeOneOf(['TOKEN_INVALID', 'BAD_USER_INPUT']);
      }
    });

    it('answers NOT_FOUND at its start if the user has no passkey', async () => {
      const { token } = await clone(gateway, 'CUSTOMER');
      expectCode(await startReauthentication(gateway, token), 'NOT_FOUND');
    });
  });

  describe('the passkey of another user', () => {
    it('cannot be renamed or removed', async () => {
      const other = await clone(gateway, 'CUSTOMER');
      const admin = await clone(gateway, 'ADMIN');
      const ids = [owner.passkeyId, owner.passkeyId.toUpperCase(), 'x', '', randomBytes(16).toString('hex')];
      for (const { token } of [other, admin]) {
        for (const id of ids) {
          expectCode(await rename(gateway, token, id, 'Mine'), 'NOT_FOUND');
          expectCode(await remove(gateway, token, id), 'NOT_FOUND');
        }
      }
      const mine = (await passkeysOf(gateway, owner.token)).find(({ id }) => id === owner.passkeyId);
      expect(mine?.name).not.toBe('Mine');
    });
  });

  async function guarded(): Promise<Guarded> {
    const user = await protectedAccount(gateway);
    const { authenticator: soft } = await addPasskey(gateway, user.token);
    return { ...user, soft };
  }
});

const secondStepBy = (gateway: Gateway, challengeToken: string, credential: string) =>
  gateway.client.runRaw(
    'mutation ($input: VerifyTwoFactorInput!) { verifyTwoFactor(input: $input) { accessToken } }',
    { input: { challengeToken, credential } },
  );

/** What a sign-in by the right passkey answers, by the state of the account. */
const STATES: Record<string, { sql: string; answer: AuthErrorCode | 'none'; bent: AuthErrorCode }> = {
  usable: { sql: 'select 1', answer: 'none', bent: 'INVALID_CREDENTIALS' },
  deactivated: {
    sql: 'update users set is_active = false where id = $1',
    answer: 'ACCOUNT_DISABLED',
    bent: 'INVALID_CREDENTIALS',
  },
  unverified: {
    sql: 'update users set email_verified = false where id = $1',
    answer: 'EMAIL_NOT_VERIFIED',
    bent: 'INVALID_CREDENTIALS',
  },
  'deactivated and unverified': {
    sql: 'update users set is_active = false, email_verified = false where id = $1',
    answer: 'ACCOUNT_DISABLED',
    bent: 'INVALID_CREDENTIALS',
  },
  'without a password': {
    sql: 'update users set password_hash = null where id = $1',
    answer: 'none',
    bent: 'INVALID_CREDENTIALS',
  },
  deleted: {
    sql: 'delete from users where id = $1',
    answer: 'INVALID_CREDENTIALS',
    bent: 'INVALID_CREDENTIALS',
  },
};

describeOnPostgres('a sign-in by passkey', ({ start }) => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await start({ env: { LOCKOUT_THRESHOLD: '2' } });
  });

  for (const [state, { sql, answer, bent }] of Object.entries(STATES)) {
    it(`answers ${answer} for an account that is ${state}, and ${bent} to a wrong assertion`, async () => {
      const user = await passkeyOwner(gateway);
      await signedInByPasskey(gateway, user.authenticator);
      await openDatabase(gateway).unsafe(sql, sql.includes('$1') ? [user.id] : []);
      const key = newKey().privateKey;
      expectCode(await signInBy(gateway, user.authenticator, { key }), bent);
      const result = await signInBy(gateway, user.authenticator);
      expect(codeOf(result.errors)).toBe(answer);
    });
  }

  it('is not blocked by a lock by wrong passwords, which stays', async () => {
    const user = await passkeyOwner(gateway);
    const guess = { username: user.username, password: 'WrongPassword123!' };
    for (let wrong = 0; wrong < 2; wrong += 1) expectCode(await login(gateway, guess), 'INVALID_CREDENTIALS');
    expectCode(await login(gateway, user), 'ACCOUNT_LOCKED');
    await signedInByPasskey(gateway, user.authenticator);
    expectCode(await login(gateway, user), 'ACCOUNT_LOCKED');
  });

  it('is refused after five minutes, like a registration and a re-authentication', async () => {
    const sql = openDatabase(gateway);
    const user = await passkeyOwner(gateway);
    const ceremony = await signInCeremony(gateway);
    const [issued] = await sql`
      select extract(epoch from expires_at - now())::int as seconds, user_id from one_time_tokens
      where purpose = 'PASSKEY_SIGN_IN' order by created_at desc limit 1`;
    expect(Math.abs(Number(issued?.seconds) - 300)).toBeLessThan(30);
    expect(issued?.user_id).toBeNull();
    const registration = await registrationOf(gateway, user.token);
    const again = expectData(await startReauthentication(gateway, user.token)).startPasskeyReauthentication;
    await sql`update one_time_tokens set expires_at = now() - interval '1 second'`;
    const { authenticator: soft, token } = user;
    const other = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
    const results = [
      await finishSignIn(gateway, answerTo(ceremony, soft.get(ceremony.options))),
      await finishRegistration(gateway, token, answerTo(registration, other.create(registration.options))),
      await reauthenticate(gateway, token, answerTo(again, soft.get(again.options))),
    ];
    expect(codesOf(results)).toEqual(['TOKEN_INVALID', 'TOKEN_INVALID', 'TOKEN_INVALID']);
    await signedInByPasskey(gateway, soft);
  });

  it('keeps no token and no challenge in the database', async () => {
    const sql = openDatabase(gateway);
    const { challengeToken, options } = await signInCeremony(gateway);
    const { challenge } = JSON.parse(options);
    const [dump] = await sql`select string_agg(t::text, ' ') as text from one_time_tokens t`;
    for (const secret of [challengeToken.slice(5), challenge as string]) {
      expect(dump?.text).not.toContain(secret);
      expect(dump?.text).not.toContain(Buffer.from(secret, 'base64url').toString('hex'));
    }
  });

  it('does not remove the last way to sign in, not by 20 concurrent requests either', async () => {
    const sql = openDatabase(gateway);
    const user = await passkeyOwner(gateway);
    const ids = [user.passkeyId];
    for (let more = 0; more < 3; more += 1) ids.push((await addPasskey(gateway, user.token)).passkeyId);
    await sql`update users set password_hash = null where id = ${user.id}`;
    const results = await Promise.all(ids.map((id) => remove(gateway, user.token, id)));
    expect(codesOf(results).toSorted()).toEqual(['LAST_SIGN_IN_METHOD', 'none', 'none', 'none']);
    const [left] = await passkeysOf(gateway, user.token);
    expectCode(await remove(gateway, user.token, left?.id ?? ''), 'LAST_SIGN_IN_METHOD');
    const mails = (await gateway.mail.mails()).filter(({ to }) => to.includes(user.email));
    expect(mails.filter(({ subject }) => subject.includes('removed')).length).toBeLessThanOrEqual(3);
  });

  it('needs a recent authentication to remove a passkey, which the passkey itself gives', async () => {
    const sql = openDatabase(gateway);
    const user = await passkeyOwner(gateway);
    await sql`update sessions set authenticated_at = now() - interval '1 hour' where user_id = ${user.id}`;
    const { methods } = expectCode(
      await remove(gateway, user.token, user.passkeyId),
      'REAUTHENTICATION_REQUIRED',
    ) as { methods?: string[] };
    expect(methods).toContain('PASSKEY');
    expectCode(await startRegistration(gateway, user.token), 'REAUTHENTICATION_REQUIRED');
    const ceremony = expectData(
      await startReauthentication(gateway, user.token),
    ).startPasskeyReauthentication;
    const answer = answerTo(ceremony, user.authenticator.get(ceremony.options));
    const { reauthenticate: fresh } = expectData(await reauthenticate(gateway, user.token, answer));
    expectData(await remove(gateway, fresh.accessToken, user.passkeyId));
  });

  it('is no longer possible after an admin has reset the factors, and the owner is mailed', async () => {
    const user = await passkeyOwner(gateway);
    const admin = await clone(gateway, 'ADMIN');
    const reset = () =>
      gateway.client.run(ResetUserTwoFactorDocument, { id: user.id }, { token: admin.token });
    expectData(await reset());
    expectCode(await signInBy(gateway, user.authenticator), 'INVALID_CREDENTIALS');
    await gateway.mail.waitForMail(user.email, ({ subject }) => subject.includes('passkey was removed'));
    expectCode(await reset(), 'TWO_FACTOR_NOT_ENABLED');
  });

  it('is no longer possible after the first proof of an address by a reset', async () => {
    const sql = openDatabase(gateway);
    const user = await passkeyOwner(gateway);
    await sql`update users set email_verified = false where id = ${user.id}`;
    const token = await resetToken(gateway, user.email);
    expectData(await resetBy(gateway, token));
    expect(await sql`select id from passkeys where user_id = ${user.id}`).toEqual([]);
    expectCode(await signInBy(gateway, user.authenticator), 'INVALID_CREDENTIALS');
  });

  it('is still possible after the reset of a password of a verified address', async () => {
    const user = await passkeyOwner(gateway);
    expectData(await resetBy(gateway, await resetToken(gateway, user.email)));
    await signedInByPasskey(gateway, user.authenticator);
  });

  it('writes audit events without secrets', async () => {
    const sql = openDatabase(gateway);
    const user = await passkeyOwner(gateway);
    const copy = user.authenticator.copy();
    await signedInByPasskey(gateway, user.authenticator);
    expectCode(await signInBy(gateway, copy), 'INVALID_CREDENTIALS');
    expectCode(await signInBy(gateway, user.authenticator, { isVerified: false }), 'INVALID_CREDENTIALS');
    expectData(await remove(gateway, user.token, user.passkeyId));
    const rows = await sql<{ type: string; details: unknown }[]>`
      select type, details from audit_events where subject_id = ${user.id}
      and (type::text like 'PASSKEY%' or type = 'LOGIN_FAILED') order by id`;
    const passkey = { passkey: user.passkeyId, name: 'Passkey' };
    expect(rows.map(({ type, details }) => [type, details])).toEqual([
      ['PASSKEY_ADDED', passkey],
      ['LOGIN_FAILED', { method: 'PASSKEY', reason: 'SIGNATURE_COUNTER', ...passkey }],
      ['LOGIN_FAILED', { method: 'PASSKEY' }],
      ['PASSKEY_REMOVED', passkey],
    ]);
  });
});

const answerTo = ({ challengeToken }: { challengeToken: string }, credential: string) => ({
  challengeToken,
  credential,
});

describeOnPostgres('the rate limits of passkeys', ({ start }) => {
  it('are those of the contract', async () => {
    const gateway = await start({ env: { RATE_LIMIT_ENABLED: 'true' } });
    const codes: unknown[] = [];
    for (let turn = 0; turn < 21; turn += 1) {
      const result = await gateway.client.runRaw('mutation { startPasskeySignIn { challengeToken } }');
      codes.push(codeOf(result.errors));
    }
    expect(count(codes, 'none')).toBe(20);
    expect(codes.at(-1)).toBe('RATE_LIMITED');
    const wrong = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
    const challengeToken = `ghks_${'A'.repeat(43)}`;
    const finished: unknown[] = [];
    for (let turn = 0; turn < 11; turn += 1) {
      const credential = wrong.get(JSON.stringify({ challenge: 'AA' }), { userHandle: null });
      finished.push(codeOf((await finishSignIn(gateway, { challengeToken, credential })).errors));
    }
    expect(count(finished, 'TOKEN_INVALID')).toBe(10);
    expect(finished.at(-1)).toBe('RATE_LIMITED');
  });
});
