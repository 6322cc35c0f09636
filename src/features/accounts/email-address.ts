import { domainToASCII, domainToUnicode } from 'node:url';
import { badInput } from '../../platform/error.js';

/** Dot-string of RFC 5321 §4.1.2. ASCII only, so that look-alikes cannot stand for somebody else's address. */
const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
/**
 * What may be typed as a domain: letters, marks and digits of any script, hyphens, joiners, the contextual
 * punctuation of RFC 5892 (A.3 to A.7), and the dots of UTS #46 (full-width, ideographic, half-width). Checked
 * before `domainToASCII`, which is part of a URL parser: it decodes `%70`, drops paths and reads numbers as IPv4.
 */
const TYPED_DOMAIN =
  /^[\p{Join_Control}\p{L}\p{M}\p{Nd}.\u3002\uff0e\uff61\uff0d\u00b7\u0375\u05f3\u05f4\u30fb-]+$/u;
/** A name of two labels or more (RFC 1123 §2.1); its last label has a letter, so that it is no IPv4 address. */
const DOMAIN =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?![0-9]+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const MAX_TYPED_LENGTH = 320;
const MAX_LOCAL_LENGTH = 64;
/** RFC 5321 §4.5.3.1.3, without the angle brackets. */
const MAX_LENGTH = 254;

/**
 * The form in which an address is stored: trimmed, the domain in lower case and punycode (RFC 5891), the local
 * part as typed. Two addresses that differ in letter case only are the same.
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
  return DOMAIN.test(domain) ? domain : undefined;
}

/** The part before the `@`. */
export function localPart(address: string): string {
  return address.slice(0, address.lastIndexOf('@'));
}

/** A stored address as its owner would write it: the domain in its own script instead of punycode. */
export function displayAddress(address: string): string {
  return `${localPart(address)}@${domainToUnicode(address.slice(address.lastIndexOf('@') + 1))}`;
}
