import { createHash } from 'node:crypto';
import type { User } from '../accounts/index.js';
import type { Passkey, RelyingParty } from './passkey.model.js';

/** As long as the challenge lasts. */
const TIMEOUT_MS = 300_000;

/**
 * The signature algorithms of all common authenticators: EdDSA, ES256 and RS256, by their COSE numbers. A list of our own,
 * because that of the library depends on Node.js.
 */
export const ALGORITHMS = [-8, -7, -257];

/** Loaded at the first use: its 300 modules would delay each start. */
export const webauthn = () => import('@simplewebauthn/server');

/**
 * The challenge of a ceremony. It is derived from the one-time token of the ceremony: whoever has the token can answer
 * the challenge once, and nothing besides the hash of the token is stored. The token is 256 random bits, so the challenge
 * cannot be guessed (WebAuthn L3 §13.4.3).
 */
export function challengeOf(token: string): Buffer {
  return createHash('sha256').update(`webauthn challenge\0${token}`).digest();
}

/** The user handle: the bytes of the user's id, which say nothing about the person (WebAuthn L3 §14.6.1). */
export function userHandleOf(userId: string): Buffer {
  return Buffer.from(userId.replaceAll('-', ''), 'hex');
}

export interface RegistrationRequest {
  readonly token: string;
  readonly user: User;
  /** The authenticators of these are not offered again. */
  readonly existing: readonly Passkey[];
  /** The name that authenticators show. */
  readonly rpName: string;
}

/** `PublicKeyCredentialCreationOptionsJSON` as text. */
export async function creationOptions(
  { id }: RelyingParty,
  { token, user, existing, rpName }: RegistrationRequest,
): Promise<string> {
  const { generateRegistrationOptions } = await webauthn();
  const options = await generateRegistrationOptions({
    rpID: id,
    rpName,
    userID: new Uint8Array(userHandleOf(user.id)),
    userName: user.username,
    userDisplayName: user.displayName ?? user.username,
    challenge: new Uint8Array(challengeOf(token)),
    timeout: TIMEOUT_MS,
    attestationType: 'none',
    supportedAlgorithmIDs: ALGORITHMS,
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    excludeCredentials: existing.map(descriptorOf),
  });
  return JSON.stringify(options);
}

/**
 * `PublicKeyCredentialRequestOptionsJSON` as text.
 * @param allowed undefined lets the browser offer every passkey that it knows for this site
 */
export async function requestOptions(
  { id }: RelyingParty,
  token: string,
  allowed?: readonly Passkey[],
): Promise<string> {
  const { generateAuthenticationOptions } = await webauthn();
  const options = await generateAuthenticationOptions({
    rpID: id,
    challenge: new Uint8Array(challengeOf(token)),
    timeout: TIMEOUT_MS,
    userVerification: 'required',
    ...(allowed && { allowCredentials: allowed.map(descriptorOf) }),
  });
  return JSON.stringify(options);
}

function descriptorOf({ credentialId, transports }: Passkey) {
  return { id: credentialId.toString('base64url'), transports };
}
