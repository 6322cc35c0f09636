import { badInput } from '../../platform/error.js';
import { parseDisplayName } from '../accounts/index.js';
import type { Passkey } from './passkey.model.js';

/** The order matters: browsers on an iPad or on Android also name other systems. */
const DEVICES: readonly (readonly [text: string, device: string])[] = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Android', 'Android'],
  ['CrOS', 'ChromeOS'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'Mac'],
  ['Linux', 'Linux'],
];

/**
 * The name that the user typed, by the rules of display names.
 * @throws AuthError BAD_USER_INPUT
 */
export function parsePasskeyName(typed: string): string {
  const name = parseDisplayName(typed, 'name');
  if (name === null) throw badInput({ field: 'name', message: 'Must not be empty.' });
  return name;
}

/**
 * A name for a passkey that the user has not named, such as `Passkey on iPhone`. Unlike the names of the other passkeys
 * of the user.
 * @param isOnDevice whether the authenticator is part of the device that sent the request
 */
export function defaultName(
  existing: readonly Pick<Passkey, 'name'>[],
  userAgent: string | null,
  isOnDevice: boolean,
): string {
  const device = isOnDevice ? DEVICES.find(([text]) => userAgent?.includes(text))?.[1] : undefined;
  const name = device === undefined ? 'Passkey' : `Passkey on ${device}`;
  const taken = new Set(existing.map((passkey) => passkey.name));
  let number = 2;
  if (!taken.has(name)) return name;
  while (taken.has(`${name} ${number}`)) number += 1;
  return `${name} ${number}`;
}
