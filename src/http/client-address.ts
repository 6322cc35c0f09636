import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import type { RequestOrigin } from '../platform/actor.js';
import { type IpAddress, parseIpAddress } from '../platform/ip-address.js';

const MAX_USER_AGENT_LENGTH = 500;

/** Used if the peer disconnected before its address was read. Nobody receives the response. */
const UNKNOWN_ADDRESS = '0.0.0.0';

type Range = [IpAddress, number];

export type ReadOrigin = (request: Pick<IncomingMessage, 'headers' | 'socket'>) => RequestOrigin;

/**
 * @param trustProxy addresses and CIDRs of the proxies whose `X-Forwarded-For` is trusted
 * @throws Error if one of them is neither an address nor a CIDR
 */
export function originReader(trustProxy: readonly string[]): ReadOrigin {
  const trusted = trustProxy.map(parseRange);
  return ({ headers, socket }) => {
    const peer = parseAddress(socket.remoteAddress ?? '');
    const address = peer && originOf(peer, headers['x-forwarded-for'], trusted);
    const ipAddress = address?.toString() ?? UNKNOWN_ADDRESS;
    return {
      ipAddress,
      network: address === undefined ? UNKNOWN_ADDRESS : networkOf(address),
      userAgent: headers['user-agent']?.slice(0, MAX_USER_AGENT_LENGTH) ?? null,
    };
  };
}

/**
 * Reads `X-Forwarded-For` from the right. Each trusted proxy appends the address of its peer, so the first address that
 * is not trusted is the client. Entries to its left are ignored, because the client could choose them
 * (Strapi CVE-2025-64526). If an entry is not an address, the proxy that sent it counts as the client.
 */
function originOf(
  peer: IpAddress,
  header: string | readonly string[] | undefined,
  trusted: readonly Range[],
): IpAddress {
  const hops = header === undefined ? [] : String(header).split(',');
  let origin = peer;
  while (hops.length > 0 && isTrusted(origin, trusted)) {
    const next = parseAddress(hops.pop() ?? '');
    if (next === undefined) return origin;
    origin = next;
  }
  return origin;
}

function isTrusted(address: IpAddress, trusted: readonly Range[]): boolean {
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

/** With or without brackets and port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`. */
const ENTRY = /^(?:\[([^\]]*)\](?::\d{1,5})?|(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?::\d{1,5})?|([^[\]]*))$/;

function parseAddress(text: string): IpAddress | undefined {
  const [, bracketed, dotted, plain] = ENTRY.exec(text.trim()) ?? [];
  // Only IPv6 addresses are written in brackets.
  if (bracketed !== undefined && !bracketed.includes(':')) return undefined;
  return parseIpAddress(bracketed ?? dotted ?? plain ?? '');
}

/**
 * Attack: one subscriber has 2^64 IPv6 addresses, and uses a new one for each request to avoid rate limits. So rate
 * limits count the /64 network, which one subscriber gets (RFC 6177).
 */
function networkOf(address: IpAddress): string {
  if (address.kind() === 'ipv4') return address.toString();
  const parts = (address as ipaddr.IPv6).parts.slice(0, 4);
  return `${parts.map((part) => part.toString(16)).join(':')}::/64`;
}
