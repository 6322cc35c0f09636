import { domainToASCII } from 'node:url';
import { badInput } from '../platform/error.js';

const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The one form in which an address is stored: trimmed, the domain lower-cased and in punycode (RFC 5891), the
 * local part as typed. Letter case never tells two addresses apart. The local part is ASCII (RFC 5321
 * §4.1.2, without quoted strings), so that look-alikes cannot stand for somebody else's address.
 * @throws AuthError BAD_USER_INPUT
 */
export function parseEmailAddress(text: string, field = 'email'): string {
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  const local = trimmed.slice(0, Math.max(at, 0));
  const domain = trimmed.length > 320 ? '' : domainToASCII(trimmed.slice(at + 1)).toLowerCase();
  const address = `${local}@${domain}`;
  if (!LOCAL_PART.test(local) || local.length > 64 || !DOMAIN.test(domain) || address.length > 254) {
    throw badInput({ field, message: 'Must be an email address.' });
  }
  return address;
}

/** The part before the `@`. */
export function localPart(address: string): string {
  return address.slice(0, address.lastIndexOf('@'));
}
