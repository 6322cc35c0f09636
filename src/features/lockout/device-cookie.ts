import { randomBytes } from 'node:crypto';
import type { Keyring } from '../../platform/keyring.js';

const PREFIX = 'ghd1_';
const ID_BYTES = 16;

/**
 * Makes the signed cookie with the id of a device. It authenticates nobody. It gives the device a failure counter of its
 * own, so that guesses of strangers cannot lock out the owner (OWASP: Device Cookies).
 */
export function makeDeviceCookie(keyring: Keyring, deviceId: string): string {
  const id = Buffer.from(deviceId, 'base64url');
  return PREFIX + Buffer.concat([id, keyring.sign(id)]).toString('base64url');
}

/** The id of the device; undefined if the cookie is missing or forged. */
export function readDeviceCookie(keyring: Keyring, cookie: string | undefined): string | undefined {
  if (!cookie?.startsWith(PREFIX)) return undefined;
  const bytes = Buffer.from(cookie.slice(PREFIX.length), 'base64url');
  const id = bytes.subarray(0, ID_BYTES);
  return keyring.verify(id, bytes.subarray(ID_BYTES)) ? id.toString('base64url') : undefined;
}

export function newDeviceId(): string {
  return randomBytes(ID_BYTES).toString('base64url');
}
