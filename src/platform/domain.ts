import { isIP } from 'node:net';
import { domainToUnicode } from 'node:url';

/** A domain in lower case and punycode. Undefined for an address, or if the text has more than a domain. */
export function domainOf(text: string): string | undefined {
  const url = `https://${text}`;
  if (!URL.canParse(url)) return undefined;
  const { hostname, host, href } = new URL(url);
  const isBare = host === hostname && href === `https://${hostname}/` && !/[/?#@:]/.test(text);
  const isDomain = isIP(hostname) === 0 && /^[a-z0-9.-]*[a-z0-9]$/.test(hostname);
  // The URL parser of Node.js 24 accepts labels that are no punycode.
  const isDecodable = !/(^|\.)xn--/.test(domainToUnicode(hostname));
  return isBare && isDomain && isDecodable ? hostname : undefined;
}
