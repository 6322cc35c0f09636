import { randomBytes, timingSafeEqual } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { withoutSeparators } from '../../platform/text.js';

const PERIOD = 30;
/** 160 bits, as RFC 4226 §4 recommends. */
const SECRET_BYTES = 20;
/** The parameters of RFC 6238 that every authenticator app supports. */
const PARAMETERS = { algorithm: 'SHA1', digits: 6, period: PERIOD } as const;

interface Enrolment {
  readonly secret: string;
  /** The name of the platform. */
  readonly issuer: string;
  readonly username: string;
}

/** A new secret in base32, the format of authenticator apps. */
export function newSecret(): string {
  const bytes = new Uint8Array(randomBytes(SECRET_BYTES));
  return new Secret({ buffer: bytes.buffer }).base32;
}

/** The content of the QR code: secret, issuer and username. */
export function otpauthUri({ secret, issuer, username }: Enrolment): string {
  return new TOTP({ ...PARAMETERS, secret, issuer, label: username }).toString();
}

/** The six digits of a typed code; undefined if it is malformed. */
export function readCode(typed: string): string | undefined {
  const code = withoutSeparators(typed);
  return /^[0-9]{6}$/.test(code) ? code : undefined;
}

/**
 * The time step of a code: the current step or the previous step. A code of the next step is refused.
 * @param now milliseconds since the epoch
 * @returns undefined if the code matches neither step
 */
export function stepOf(code: string, secret: string, now: number): number | undefined {
  const generator = new TOTP({ ...PARAMETERS, secret });
  const current = generator.counter({ timestamp: now });
  const typed = Buffer.from(code);
  // Compare with both steps, each in constant time, even if the first step has matched.
  const matching = [current, current - 1].filter((step) => {
    const expected = Buffer.from(generator.generate({ timestamp: step * PERIOD * 1000 }));
    return expected.length === typed.length && timingSafeEqual(expected, typed);
  });
  return matching[0];
}
