import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import type { RequestOrigin } from '../platform/actor.js';

/** As much of a user agent as is kept, in sessions, the log and mails. */
const MAX_USER_AGENT_LENGTH = 500;

/** The address of a peer that disconnected before its address was read; nobody receives the answer. */
const GONE = '0.0.0.0';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/** Reads where a request came from. */
export type ReadOrigin = (request: FastifyRequest) => RequestOrigin;

/**
 * @param trustProxy addresses and CIDRs of the proxies whose `X-Forwarded-For` is believed
 * @throws Error if one of them is neither an address nor a CIDR
 */
export function originReader(trustProxy: readonly string[]): ReadOrigin {
  const trusted = trustProxy.map(parseRange);
  return ({ headers, socket }) => {
    const peer = parseAddress(socket.remoteAddress ?? '');
    const address = peer && originOf(peer, headers['x-forwarded-for'], trusted);
    const ipAddress = address?.toString() ?? GONE;
    return {
      ipAddress,
      network: address === undefined ? GONE : networkOf(address),
      userAgent: headers['user-agent']?.slice(0, MAX_USER_AGENT_LENGTH) ?? null,
    };
  };
}

/**
 * Walks `X-Forwarded-For` from the right, as long as the hop that wrote an entry is trusted, so that no client can
 * choose its address (Strapi CVE-2025-64526). An entry that is no address ends the walk at the hop that sent it:
 * otherwise all such clients would share one rate limit.
 */
function originOf(
  peer: Address,
  header: string | readonly string[] | undefined,
  trusted: readonly Range[],
): Address {
  const hops = header === undefined ? [] : String(header).split(',');
  let origin = peer;
  while (hops.length > 0 && isTrusted(origin, trusted)) {
    const next = parseAddress(hops.pop() ?? '');
    if (next === undefined) return origin;
    origin = next;
  }
  return origin;
}

function isTrusted(address: Address, trusted: readonly Range[]): boolean {
  return trusted.some((range) => address.kind() === range[0].kind() && address.match(range));
}

function parseRange(text: string): Range {
  if (text.includes('/')) {
    const [address, bits] = ipaddr.parseCIDR(text);
    if (address.kind() === 'ipv6' && (address as ipaddr.IPv6).isIPv4MappedAddress() && bits >= 96)
      return [(address as ipaddr.IPv6).toIPv4Address(), bits - 96];
    return [address, bits];
  }
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** As an address, with a port or with brackets: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`. */
const FORMS = /^(?:\[([^\]]*)\](?::\d{1,5})?|(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?::\d{1,5})?|([^[\]]*))$/;

/** One address for one text: IPv4 within IPv6 is IPv4, zones are dropped. */
function parseAddress(text: string): Address | undefined {
  const [, bracketed, dotted, plain] = FORMS.exec(text.trim()) ?? [];
  const bare = (bracketed ?? dotted ?? plain ?? '').split('%')[0] ?? '';
  // ipaddr.js takes `1`, `0x7f.1` and `127.1` for IPv4 as well.
  const isAddress = dotted ? ipaddr.IPv4.isValidFourPartDecimal(bare) : ipaddr.IPv6.isValid(bare);
  return isAddress ? ipaddr.process(bare) : undefined;
}

/**
 * Attack: a subscriber has 2^64 addresses of IPv6 and counts as a new caller with each. What is counted is
 * the /64, which is what one subscriber gets (RFC 6177).
 */
function networkOf(address: Address): string {
  if (address.kind() === 'ipv4') return address.toString();
  const parts = (address as ipaddr.IPv6).parts.slice(0, 4);
  return `${parts.map((part) => part.toString(16)).join(':')}::/64`;
}
