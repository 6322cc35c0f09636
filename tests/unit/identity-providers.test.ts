import 'reflect-metadata';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toUsername } from '../../src/features/identity-providers/choose-username.js';
import { readProfile } from '../../src/features/identity-providers/profile.js';
import { anyText } from '../support/any-text.js';

const ENTRA = 'https://login.microsoftonline.com/6e1f8b9c-0000-4000-8000-000000000000/v2.0';
const email = 'ada@example.com';
const verifiedBy = (iss: string, claims: object) =>
  readProfile({ iss, sub: 'x', email, ...claims }).emailVerified;

describe('the profile that a provider gives', () => {
  it('has a verified address only if the claim is the boolean true', () => {
    for (const iss of ['https://id.example.com', ENTRA]) {
      expect(verifiedBy(iss, { email_verified: true })).toBe(true);
      for (const email_verified of [false, 'true', 'false', 1, null, {}, []])
        expect(verifiedBy(iss, { email_verified }), JSON.stringify(email_verified)).toBe(false);
    }
  });

  it('has a verified address by xms_edov of Microsoft Entra only', () => {
    for (const xms_edov of [true, 1, '1', 'true']) {
      expect(verifiedBy(ENTRA, { xms_edov })).toBe(true);
      expect(verifiedBy(ENTRA, { xms_edov, email_verified: false })).toBe(false);
      expect(verifiedBy('https://id.example.com', { xms_edov })).toBe(false);
      expect(verifiedBy('https://login.microsoftonline.com.evil.example/', { xms_edov })).toBe(false);
    }
    for (const xms_edov of [false, 0, '0', 'false', null, undefined])
      expect(verifiedBy(ENTRA, { xms_edov })).toBe(false);
  });

  it('never has the address of one document with the verification of the other', () => {
    const iss = 'https://id.example.com';
    const both = readProfile(
      { iss, sub: 'x', email: 'a@example.com' },
      { email, email_verified: true, name: 'Ada' },
    );
    expect(both).toMatchObject({ email: 'a@example.com', emailVerified: false, name: 'Ada' });
    const other = readProfile({ iss, sub: 'x', email_verified: true }, { email });
    expect(other).toMatchObject({ email, emailVerified: false });
  });

  it('ignores claims of a wrong type', () => {
    const claims = { email: [email], email_verified: true, name: {}, preferred_username: 7 };
    expect(readProfile({ iss: ENTRA, sub: 'x', ...claims })).toEqual({
      issuer: ENTRA,
      subject: 'x',
      emailVerified: false,
    });
  });
});

describe('the username of a new account', () => {
  it.each([
    ['ada', 'ada'],
    ['Ada.Lovelace@example.com', 'Ada.Lovelace'],
    ['Zoë Ångström', 'ZoeAngstrom'],
    ['ab', 'userab'],
    ['日本', 'user'],
    ['x'.repeat(200), 'x'.repeat(32)],
  ])('is made of %j', (source, username) => expect(toUsername(source)).toBe(username));

  it('is valid whatever the provider gives', () => {
    fc.assert(
      fc.property(anyText(200), (source) => {
        expect(toUsername(source)).toMatch(/^[A-Za-z0-9_.-]{3,32}$/);
      }),
    );
  });
});
