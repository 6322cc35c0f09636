import { randomBytes, timingSafeEqual } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

const PERIOD = 30;
const ISSUER = 'Gatehouse';
/** 160 bits, what RFC 4226 §4 recommends for HMAC-SHA-1. */
const SECRET_BYTES = 20;

/** A new secret, in base32 as authenticator apps take it. */
export function newSecret(): string {
  const bytes = new Uint8Array(randomBytes(SECRET_BYTES));
  return new Secret({ buffer: bytes.buffer }).base32;
}

/** What the QR code says: secret, issuer and whose it is. */
export function otpauthUri(secret: string, username: string): string {
  return totp(secret, username).toString();
}

/**
 * The time step that a code of six digits belongs to: the current one or the one before, never the next (a code
 * of the future is a clock that is wrong, or somebody else's). Undefined where it belongs to neither.
 */
export function stepOf(code: string, secret: string, now: number): number | undefined {
  const generator = totp(secret);
  const current = generator.counter({ timestamp: now });
  const typed = Buffer.from(code);
  // Each is compared, in constant time, whether or not another has matched.
  const matching = [current, current - 1].filter((step) => {
    const expected = Buffer.from(generator.generate({ timestamp: step * PERIOD * 1000 }));
    return expected.length === typed.length && timingSafeEqual(expected, typed);
  });
  return matching[0];
}

/** RFC 6238 with what every authenticator app understands. */
function totp(secret: string, label = ''): TOTP {
  return new TOTP({ issuer: ISSUER, label, secret, algorithm: 'SHA1', digits: 6, period: PERIOD });
}
