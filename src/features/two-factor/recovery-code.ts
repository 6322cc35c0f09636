import { createHash, randomBytes } from 'node:crypto';
import { Secret } from 'otpauth';

const COUNT = 10;
/** 120 bits: nobody guesses them, so that their hash needs neither salt nor cost (ASVS 6.5.2). */
const BYTES = 15;
const GROUP = /.{6}/g;

/** Ten codes of 24 base32 characters, in groups to be read and typed: `ABCDEF-GHIJKL-MNOPQR-STUVWX`. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: COUNT }, () => {
    const bytes = new Uint8Array(randomBytes(BYTES));
    return (new Secret({ buffer: bytes.buffer }).base32.match(GROUP) as string[]).join('-');
  });
}

/** What is kept of a code: SHA-256 over its characters, without the dashes and in upper case. */
export function hashRecoveryCode(code: string): Buffer {
  return createHash('sha256').update(code.replaceAll('-', '').toUpperCase()).digest();
}
