import { createHash, randomBytes } from 'node:crypto';
import { Secret } from 'otpauth';
import { withoutSeparators } from '../../platform/text.js';

const COUNT = 10;
/** 120 random bits cannot be guessed, so the hash needs neither salt nor cost (ASVS 6.5.2). */
const BYTES = 15;
const GROUP = /.{6}/g;
const FORM = /^[A-Za-z2-7]{24}$/;

/** Ten codes of 24 base32 characters, in groups that are easy to type: `ABCDEF-GHIJKL-MNOPQR-STUVWX`. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: COUNT }, () => {
    const bytes = new Uint8Array(randomBytes(BYTES));
    return (new Secret({ buffer: bytes.buffer }).base32.match(GROUP) as string[]).join('-');
  });
}

/** The stored form of a code that a user typed, in any letter case; undefined if it has not the form of a code. */
export function hashOfTypedCode(typed: string): Buffer | undefined {
  const code = withoutSeparators(typed);
  return FORM.test(code) ? hashRecoveryCode(code) : undefined;
}

/** SHA-256 of the characters of a code in upper case, without dashes. */
export function hashRecoveryCode(code: string): Buffer {
  return createHash('sha256').update(code.replaceAll('-', '').toUpperCase()).digest();
}
