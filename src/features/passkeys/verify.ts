import type { VerifiedRegistrationResponse } from '@simplewebauthn/server';
import type { AttestationObject } from '@simplewebauthn/server/helpers';
import { z } from 'zod';
import { ALGORITHMS, challengeOf, userHandleOf, webauthn } from './ceremony.js';
import type { AssertionJson, RegistrationJson } from './credential-json.js';
import type { AssertionFacts, NewPasskey, Passkey, RelyingParty } from './passkey.model.js';

/** RSA with 4096 bits needs 530 bytes. Larger keys only cost time. */
const MAX_PUBLIC_KEY_BYTES = 1024;

/** The gateway requests no extensions and ignores their output. */
const NO_EXTENSIONS = { clientExtensionResults: {} };

const TRANSPORTS = new Set(['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb']);

/**
 * Attack: a hostile site embeds the front end in a frame, and makes the user confirm a ceremony of it. The front end does
 * not run in frames of other origins, so an answer from such a frame is refused (WebAuthn L3 §7.1 steps 10-11, §7.2 steps
 * 12-13). The library accepts some of them.
 */
const clientData = z.object({ crossOrigin: z.literal(false).optional(), topOrigin: z.never().optional() });

/**
 * Verifies a new credential (WebAuthn L3 §7.1).
 * @param token the token of the ceremony
 * @returns undefined if it does not answer this ceremony of this site, or breaks a rule
 */
export async function verifyNewCredential(
  { id, origins }: RelyingParty,
  token: string,
  response: RegistrationJson,
): Promise<Omit<NewPasskey, 'userId' | 'name'> | undefined> {
  const { verifyRegistrationResponse } = await webauthn();
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers');
  const verified = await refusedIfThrown(async () => {
    if (!isFromOwnFrame(response.response.clientDataJSON)) return undefined;
    const { attestationObject } = response.response;
    if (!isUnattested(decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url')))))
      return undefined;
    return verifyRegistrationResponse({
      response: { ...response, ...NO_EXTENSIONS },
      expectedChallenge: challengeOf(token).toString('base64url'),
      expectedOrigin: [...origins],
      expectedRPID: id,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    });
  });
  return verified?.verified ? newPasskeyOf(verified.registrationInfo, response) : undefined;
}

function newPasskeyOf(
  info: NonNullable<VerifiedRegistrationResponse['registrationInfo']>,
  { id, response }: RegistrationJson,
): Omit<NewPasskey, 'userId' | 'name'> | undefined {
  const { credential, aaguid, credentialDeviceType, credentialBackedUp } = info;
  if (credential.id !== id || credential.publicKey.length > MAX_PUBLIC_KEY_BYTES) return undefined;
  return {
    credentialId: Buffer.from(credential.id, 'base64url'),
    publicKey: Buffer.from(credential.publicKey),
    counter: credential.counter,
    transports: (response.transports ?? []).filter((transport) => TRANSPORTS.has(transport)),
    aaguid,
    backupEligible: credentialDeviceType === 'multiDevice',
    backedUp: credentialBackedUp,
  };
}

/**
 * Attack: a client sends an attestation with certificates, which the library parses, and whose revocation lists it fetches
 * from the URLs in them. We ask for no attestation, so only the two forms without a certificate can come: none, and a
 * signature with the key of the credential itself (WebAuthn L3 §5.4.7, §8.2).
 */
function isUnattested(decoded: AttestationObject): boolean {
  const format = decoded.get('fmt');
  return format === 'none' || (format === 'packed' && decoded.get('attStmt').get('x5c') === undefined);
}

/**
 * Verifies an assertion by a stored passkey (WebAuthn L3 §7.2), except for the signature counter: see
 * `PasskeyStore.claimCounter`.
 * @param token the token of the ceremony
 * @param isDiscovered whether the browser chose the passkey. Then the assertion must name the user
 * @returns undefined if it does not answer this ceremony of this site, or breaks a rule
 */
export async function verifyAssertion(
  { id, origins }: RelyingParty,
  token: string,
  response: AssertionJson,
  passkey: Passkey,
  isDiscovered: boolean,
): Promise<AssertionFacts | undefined> {
  if (!isHandleOf(passkey, response.response.userHandle, isDiscovered)) return undefined;
  const { verifyAuthenticationResponse } = await webauthn();
  const verified = await refusedIfThrown(async () => {
    if (!isFromOwnFrame(response.response.clientDataJSON)) return undefined;
    return verifyAuthenticationResponse({
      response: { ...response, ...NO_EXTENSIONS },
      expectedChallenge: challengeOf(token).toString('base64url'),
      expectedOrigin: [...origins],
      expectedRPID: id,
      requireUserVerification: true,
      credential: {
        id: passkey.credentialId.toString('base64url'),
        publicKey: new Uint8Array(passkey.publicKey),
        // The library would compare the counter before it has checked the signature.
        counter: 0,
      },
    });
  });
  if (!verified?.verified) return undefined;
  const { newCounter, credentialBackedUp, credentialDeviceType } = verified.authenticationInfo;
  const isEligible = credentialDeviceType === 'multiDevice';
  if (isEligible !== passkey.backupEligible) return undefined;
  return { counter: newCounter, backedUp: credentialBackedUp };
}

/** WebAuthn L3 §7.2 step 6: the user handle must name the owner of the passkey. */
function isHandleOf({ userId }: Passkey, handle: string | undefined, isDiscovered: boolean): boolean {
  if (handle === undefined) return !isDiscovered;
  return Buffer.from(handle, 'base64url').equals(userHandleOf(userId));
}

function isFromOwnFrame(clientDataJson: string): boolean {
  const json: unknown = JSON.parse(Buffer.from(clientDataJson, 'base64url').toString());
  return clientData.safeParse(json).success;
}

/** The library and the parsers throw if a rule is broken. Returns undefined then. */
async function refusedIfThrown<T>(verify: () => Promise<T>): Promise<T | undefined> {
  try {
    return await verify();
  } catch {
    return undefined;
  }
}
