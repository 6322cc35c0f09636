import { createHash, randomBytes } from 'node:crypto';
import { Secret } from 'otpauth';
import { withoutSeparators } from '../../platform/text.js';

const CODE_COUNT = 10;
/** 120 random bits cannot be guessed, so a fast hash without a salt is enough (ASVS 6.5.2). */
const CODE_BYTES = 15;
const CODE_GROUPS = /.{6}/g;
const CODE_PATTERN = /^[A-Za-z2-7]{24}$/;

/** Ten codes of 24 base32 characters, in groups that are easy to type: `ABCDEF-GHIJKL-MNOPQR-STUVWX`. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: CODE_COUNT }, () => {
    const bytes = new Uint8Array(randomBytes(CODE_BYTES));
    return (new Secret({ buffer: bytes.buffer }).base32.match(CODE_GROUPS) as string[]).join('-');
  });
}

/** The stored hash of a code that a user typed, in any letter case; undefined if it is malformed. */
export function hashOfTypedCode(typed: string): Buffer | undefined {
  const code = withoutSeparators(typed);
  return CODE_PATTERN.test(code) ? hashRecoveryCode(code) : undefined;
}

/** SHA-256 of a code in upper case, without dashes. */
export function hashRecoveryCode(code: string): Buffer {
  return createHash('sha256').update(code.replaceAll('-', '').toUpperCase()).digest();
}
