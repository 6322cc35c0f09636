import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { Keyring } from '../../platform/keyring.js';

const PREFIX = 'ghr1_';
const BODY_BYTES = 20;
const MAC_BYTES = 32;

export interface RefreshTokenContents {
  readonly sessionId: string;
  readonly counter: number;
}

/**
 * A refresh token: version, session id, counter, and an HMAC over them. It can be made again from the session's
 * row, which is how the grace window answers with the same pair, and checked before any state is touched, so
 * that a forged one harms nobody's session (RFC 9700 §4.14.2).
 */
export function makeRefreshToken(keyring: Keyring, { sessionId, counter }: RefreshTokenContents): string {
  const body = Buffer.alloc(BODY_BYTES);
  Buffer.from(sessionId.replaceAll('-', ''), 'hex').copy(body);
  body.writeUInt32BE(counter, 16);
  return PREFIX + Buffer.concat([body, keyring.sign(signed(body))]).toString('base64url');
}

/** @throws AuthError TOKEN_INVALID */
export function readRefreshToken(keyring: Keyring, token: string): RefreshTokenContents {
  const bytes = token.startsWith(PREFIX)
    ? Buffer.from(token.slice(PREFIX.length), 'base64url')
    : Buffer.alloc(0);
  const body = bytes.subarray(0, BODY_BYTES);
  // One text for one token: base64url has several spellings of the same bytes.
  const isCanonical = PREFIX + bytes.toString('base64url') === token;
  if (
    !isCanonical ||
    bytes.length !== BODY_BYTES + MAC_BYTES ||
    !keyring.verify(signed(body), bytes.subarray(BODY_BYTES))
  ) {
    throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  }
  const hex = body.toString('hex', 0, 16);
  const sessionId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { sessionId, counter: body.readUInt32BE(16) };
}

function signed(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(PREFIX), body]);
}
