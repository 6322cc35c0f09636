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
 * A refresh token consists of a version, the session id, the counter, and an HMAC over them. It can be
 * derived again from the session's row, so that the grace period can return the same token. It is verified
 * before any state is read or written, so that a forged token cannot end a session (RFC 9700 §4.14.2).
 */
export function makeRefreshToken(keyring: Keyring, { sessionId, counter }: RefreshTokenContents): string {
  const body = Buffer.alloc(BODY_BYTES);
  Buffer.from(sessionId.replaceAll('-', ''), 'hex').copy(body);
  body.writeUInt32BE(counter, 16);
  return PREFIX + Buffer.concat([body, keyring.sign(signedBytes(body))]).toString('base64url');
}

/** @throws AuthError TOKEN_INVALID */
export function readRefreshToken(keyring: Keyring, token: string): RefreshTokenContents {
  const bytes = token.startsWith(PREFIX)
    ? Buffer.from(token.slice(PREFIX.length), 'base64url')
    : Buffer.alloc(0);
  const body = bytes.subarray(0, BODY_BYTES);
  // base64url can spell the same bytes in several ways. Only one of them is accepted.
  const isCanonical = PREFIX + bytes.toString('base64url') === token;
  if (
    !isCanonical ||
    bytes.length !== BODY_BYTES + MAC_BYTES ||
    !keyring.verify(signedBytes(body), bytes.subarray(BODY_BYTES))
  ) {
    throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  }
  const hex = body.toString('hex', 0, 16);
  const sessionId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { sessionId, counter: body.readUInt32BE(16) };
}

function signedBytes(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(PREFIX), body]);
}
