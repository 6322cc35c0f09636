import { isIP } from 'node:net';
import { domainToUnicode } from 'node:url';

/** A domain in lower case and punycode. Undefined for an address, or if the text has more than a domain. */
export function domainOf(text: string): string | undefined {
  const url = `https://${text}`;
  if (!URL.canParse(url)) return undefined;
  const { hostname, host, href } = new URL(url);
  const isBare = host === hostname && href === `https://${hostname}/` && !/[/?#@:]/.test(text);
  const isDomain = isIP(hostname) === 0 && /^[a-z0-9.-]*[a-z0-9]$/.test(hostname);
  return isBare && isDomain && isDecodable(hostname) ? hostname : undefined;
}

/**
 * Whether all labels of a domain that begin with `xn--` are punycode (RFC 5891 §4.4). Node.js 24 accepts others, too.
 * @param domain in lower case
 */
export function isDecodable(domain: string): boolean {
  return !/(^|\.)xn--/.test(domainToUnicode(domain));
}
