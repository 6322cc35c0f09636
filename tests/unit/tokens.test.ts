import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeDeviceCookie, newDeviceId, readDeviceCookie } from '../../src/features/lockout/device-cookie.js';
import { makeRefreshToken, readRefreshToken } from '../../src/features/sessions/refresh-token.js';
import { Cursors } from '../../src/graphql/cursor.js';
import { Keyring } from '../../src/platform/keyring.js';
import { anyText } from '../support/any-text.js';
import { alterAt } from '../support/tokens.js';

const secret = fc.string({ minLength: 32, maxLength: 64 });
const text = anyText(60);
const position = fc.record({ value: fc.option(text), id: fc.uuid() });
const refreshToken = fc.record({ sessionId: fc.uuid(), counter: fc.nat(0xffff_ffff) });
const invalid = expect.objectContaining({ code: 'TOKEN_INVALID' });
const badInput = expect.objectContaining({ code: 'BAD_USER_INPUT' });

describe('a keyring', () => {
  it('decrypts what it encrypted, and refuses another purpose, label or secret', () => {
    fc.assert(
      fc.property(secret, secret, text, (one, other, plain) => {
        fc.pre(one !== other);
        const sealed = new Keyring([one], 'label').encrypt(plain, 'purpose');
        const rotated = new Keyring([other, one], 'label');
        expect(rotated.decrypt(sealed, 'purpose')).toBe(plain);
        expect(() => rotated.decrypt(sealed, 'purposes')).toThrow();
        expect(() => new Keyring([one], 'labels').decrypt(sealed, 'purpose')).toThrow();
        expect(() => new Keyring([other], 'label').decrypt(sealed, 'purpose')).toThrow();
      }),
    );
  });

  it('refuses a sealed text with an altered character', () => {
    const keyring = new Keyring(['s'.repeat(32)], 'label');
    fc.assert(
      fc.property(text, fc.nat(), (plain, at) => {
        const sealed = keyring.encrypt(plain, 'purpose');
        const index = at % sealed.length;
        fc.pre(sealed[index] !== '.');
        expect(() => keyring.decrypt(alterAt(sealed, index), 'purpose')).toThrow();
      }),
    );
  });

  it('verifies only its own signature over the same bytes', () => {
    const keyring = new Keyring(['s'.repeat(32)], 'label');
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.uint8Array(), (one, other, made) => {
        const data = Buffer.from(one);
        const signature = keyring.sign(data);
        expect(keyring.verify(data, signature)).toBe(true);
        expect(keyring.verify(Buffer.from(other), signature)).toBe(data.equals(Buffer.from(other)));
        expect(keyring.verify(data, Buffer.from(made))).toBe(false);
      }),
    );
  });
});

describe('a cursor', () => {
  const cursors = new Cursors(new Keyring(['s'.repeat(32)], 'cursors'));

  it('decodes to the position that it was made from', () => {
    fc.assert(
      fc.property(text, position, (order, at) => {
        expect(cursors.decode(order, cursors.encode(order, at), 'after')).toEqual(at);
      }),
    );
  });

  it('is refused for another order', () => {
    fc.assert(
      fc.property(text, text, position, (order, other, at) => {
        fc.pre(order !== other);
        expect(() => cursors.decode(other, cursors.encode(order, at), 'after')).toThrow(badInput);
      }),
    );
  });

  it('is refused if it is altered, truncated, extended or forged', () => {
    fc.assert(
      fc.property(position, fc.nat(), text, (at, place, other) => {
        const cursor = cursors.encode('order', at);
        const index = place % cursor.length;
        for (const forged of [alterAt(cursor, index), cursor.slice(0, index), cursor + other, other])
          if (forged !== cursor)
            expect(() => cursors.decode('order', forged, 'after'), forged).toThrow(badInput);
      }),
    );
  });
});

describe('a refresh token', () => {
  const keyring = new Keyring(['s'.repeat(32)], 'refresh');

  it('decodes to the session and counter that it was made from', () => {
    fc.assert(
      fc.property(refreshToken, (parts) => {
        expect(readRefreshToken(keyring, makeRefreshToken(keyring, parts))).toEqual(parts);
      }),
    );
  });

  it('has one spelling: it is refused if altered, truncated, extended or forged', () => {
    fc.assert(
      fc.property(refreshToken, fc.nat(), text, (parts, place, other) => {
        const token = makeRefreshToken(keyring, parts);
        const index = place % token.length;
        for (const forged of [alterAt(token, index), token.slice(0, index), `${token}${other}`, other])
          if (forged !== token) expect(() => readRefreshToken(keyring, forged), forged).toThrow(invalid);
      }),
    );
  });
});

describe('a device cookie', () => {
  const keyring = new Keyring(['s'.repeat(32)], 'devices');

  it('decodes to its device id, and is refused if altered or forged', () => {
    fc.assert(
      fc.property(fc.nat(), text, (place, other) => {
        const id = newDeviceId();
        const cookie = makeDeviceCookie(keyring, id);
        expect(readDeviceCookie(keyring, cookie)).toBe(id);
        const index = place % cookie.length;
        for (const forged of [alterAt(cookie, index), cookie.slice(0, index), other])
          expect(readDeviceCookie(keyring, forged), forged).toBeUndefined();
      }),
    );
  });
});
