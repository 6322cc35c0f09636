import fc from 'fast-check';
import { Secret, TOTP } from 'otpauth';
import { describe, expect, it } from 'vitest';
import { hashOfTypedCode, hashRecoveryCode } from '../../src/features/recovery-codes/recovery-code.js';
import { newSecret, readCode, stepOf } from '../../src/features/totp/totp.js';
import { anyText } from '../support/any-text.js';

const STEP_MS = 30_000;
/** Until the year 2100. */
const time = fc.integer({ min: 10 * STEP_MS, max: Date.UTC(2100, 0) });

describe('a TOTP code', () => {
  it('matches only the current time step and the one before', () => {
    fc.assert(
      fc.property(time, fc.integer({ min: -5, max: 5 }), (now, offset) => {
        const secret = newSecret();
        const current = Math.floor(now / STEP_MS);
        const totp = new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30 });
        const codeAt = (step: number) => totp.generate({ timestamp: step * STEP_MS });
        const accepted = [current, current - 1];
        const code = codeAt(current + offset);
        // One code in half a million is also that of another time step.
        fc.pre(offset === 0 || offset === -1 || !accepted.map(codeAt).includes(code));
        fc.pre(codeAt(current) !== codeAt(current - 1));
        expect(stepOf(code, secret, now)).toBe(offset === 0 || offset === -1 ? current + offset : undefined);
      }),
    );
  });

  it('must be six ASCII digits', () => {
    const secret = newSecret();
    fc.assert(
      fc.property(anyText(), time, (text, now) => {
        fc.pre(!/^[0-9]{6}$/.test(text));
        expect(stepOf(text, secret, now)).toBeUndefined();
      }),
    );
  });
});

describe('a typed TOTP or recovery code', () => {
  const separators = fc.array(fc.constantFrom('', ' ', '-', '\u00a0', '\u2013', '.', '\u200b'), {
    minLength: 24,
    maxLength: 24,
  });
  const separated = (code: string, between: string[]) =>
    [...code].map((character, index) => between[index] + character).join('');

  it('is accepted with any separators between its characters', () => {
    const codes = fc.tuple(fc.stringMatching(/^[0-9]{6}$/), fc.stringMatching(/^[A-Za-z2-7]{24}$/));
    fc.assert(
      fc.property(codes, separators, ([digits, code], between) => {
        expect(readCode(separated(digits, between))).toBe(digits);
        expect(hashOfTypedCode(separated(code, between))).toEqual(hashRecoveryCode(code));
      }),
    );
  });

  it('is refused in any other form', () => {
    fc.assert(
      fc.property(anyText(40), (text) => {
        expect(readCode(text) ?? '000000').toMatch(/^[0-9]{6}$/);
        expect(hashOfTypedCode(text) ?? Buffer.alloc(32)).toHaveLength(32);
      }),
    );
  });
});
