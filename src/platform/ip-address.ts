import ipaddr from 'ipaddr.js';

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * Converts IPv4-mapped IPv6 addresses to IPv4, and drops zones, so that each client has one address.
 * @returns undefined if the text is not an address
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  // ipaddr.js would also accept `1`, `0x7f.1` and `127.1`.
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.process(text);
  const [bare = ''] = text.split('%');
  return ipaddr.IPv6.isValid(bare) ? ipaddr.process(bare) : undefined;
}
