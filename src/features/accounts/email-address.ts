import { domainToASCII, domainToUnicode } from 'node:url';
import { isDecodable } from '../../platform/domain.js';
import { badInput } from '../../platform/error.js';

/** Dot-string of RFC 5321 §4.1.2. Only ASCII, so that a look-alike cannot pass for another user's address. */
const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
/**
 * The characters of a typed domain: letters, marks and digits of any script, hyphens, joiners, the contextual
 * punctuation of RFC 5892 (A.3 to A.7), and the dots of UTS #46 (full-width, ideographic, half-width).
 * Checked before `domainToASCII`, because that is a part of a URL parser: it decodes `%70`, drops paths and
 * reads numbers as IPv4.
 */
const TYPED_DOMAIN =
  /^[\p{Join_Control}\p{L}\p{M}\p{Nd}.\u3002\uff0e\uff61\uff0d\u00b7\u0375\u05f3\u05f4\u30fb-]+$/u;
/** Two labels or more (RFC 1123 §2.1). The last label is not a number, so that no IPv4 address matches. */
const DOMAIN =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?![0-9]+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const MAX_TYPED_LENGTH = 320;
const MAX_LOCAL_LENGTH = 64;
/** The limit of RFC 5321 §4.5.3.1.3, without the angle brackets. */
const MAX_LENGTH = 254;

/**
 * Parses an address into its stored form: trimmed, the domain in lower case and punycode (RFC 5891), the
 * local part as typed. Lookups ignore letter case.
 * @throws AuthError BAD_USER_INPUT
 */
export function parseEmailAddress(text: string, field = 'email'): string {
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  const local = trimmed.slice(0, Math.max(at, 0));
  const domain = trimmed.length > MAX_TYPED_LENGTH ? undefined : parseDomain(trimmed.slice(at + 1));
  const address = `${local}@${domain}`;
  if (
    domain === undefined ||
    !LOCAL_PART.test(local) ||
    local.length > MAX_LOCAL_LENGTH ||
    address.length > MAX_LENGTH
  ) {
    throw badInput({ field, message: 'Must be an email address, such as name@example.com.' });
  }
  return address;
}

function parseDomain(typed: string): string | undefined {
  if (!TYPED_DOMAIN.test(typed)) return undefined;
  const domain = domainToASCII(typed).toLowerCase();
  return DOMAIN.test(domain) && isDecodable(domain) ? domain : undefined;
}

/** The part before the `@`. */
export function localPart(address: string): string {
  return address.slice(0, address.lastIndexOf('@'));
}

/** A stored address with the domain in Unicode instead of punycode. */
export function displayAddress(address: string): string {
  return `${localPart(address)}@${domainToUnicode(address.slice(address.lastIndexOf('@') + 1))}`;
}
