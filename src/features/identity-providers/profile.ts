import { parseEmailAddress } from '../accounts/index.js';
import type { ProviderProfile } from './identity-provider.model.js';

type Claims = Readonly<Record<string, unknown>>;

/** OpenID Connect Core §2: at most 255 ASCII characters. */
const MAX_SUBJECT_LENGTH = 255;
/** Longer texts are not read. */
const MAX_TEXT_LENGTH = 320;

/**
 * Reads the claims about a person. Providers are not trusted to send the right types: a claim of another type counts as
 * missing.
 * @param idToken the claims of the checked ID token
 * @param userInfo the claims of the UserInfo endpoint for the same subject
 * @throws TypeError if the subject is malformed
 */
export function readProfile(idToken: Claims, userInfo: Claims = {}): ProviderProfile {
  const { iss, sub } = idToken;
  if (typeof iss !== 'string' || typeof sub !== 'string' || !/^[\x20-\x7e]+$/.test(sub)) {
    throw new TypeError('the subject of the ID token is malformed');
  }
  if (sub.length > MAX_SUBJECT_LENGTH) throw new TypeError('the subject of the ID token is too long');
  // Never the address of one document with the verification of the other.
  const claims = hasAddress(idToken) ? idToken : { ...userInfo, ...withoutAddress(idToken) };
  const email = addressIn(claims);
  return {
    issuer: iss,
    subject: sub,
    email,
    emailVerified: email !== undefined && isVerified(iss, claims),
    username: textOf(claims.preferred_username),
    name: textOf(claims.name) ?? textOf(userInfo.name),
  };
}

export const hasAddress = ({ email }: Claims): boolean => typeof email === 'string';

function withoutAddress({ email: _email, email_verified: _verified, ...rest }: Claims): Claims {
  return rest;
}

function addressIn({ email }: Claims): string | undefined {
  if (typeof email !== 'string') return undefined;
  try {
    return parseEmailAddress(email);
  } catch {
    return undefined;
  }
}

/**
 * Whether the provider has verified the address. Only the boolean counts: some providers send the text "false".
 *
 * Microsoft Entra has no `email_verified`, and an administrator of a tenant can give a user any address. Its optional
 * claim `xms_edov` says that the owner of the domain has verified it, as `true` or `"1"`. It is read from Entra only,
 * because another provider may let people set claims of any name.
 */
function isVerified(issuer: string, claims: Claims): boolean {
  if (claims.email_verified !== undefined) return claims.email_verified === true;
  const isEntra = issuer.startsWith('https://login.microsoftonline.com/');
  return isEntra && [true, 1, '1', 'true'].includes(claims.xms_edov as string);
}

/** Undefined also for a text that Postgres cannot store. */
function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_TEXT_LENGTH) return undefined;
  return value.includes('\0') || !value.isWellFormed() ? undefined : value;
}
