import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import type { Client } from '../platform/principal.js';

/** As much of a user agent as is kept, in sessions, the log and mails. */
const LONGEST_USER_AGENT = 500;

/**
 * Where a request came from. Fastify has read `X-Forwarded-For` from the right, through the proxies of
 * `TRUST_PROXY` only, so that no client can choose its address (Strapi CVE-2025-64526).
 */
export function clientOf(request: FastifyRequest): Client {
  const ipAddress = canonicalAddress(request.ip);
  return {
    ipAddress,
    network: networkOf(ipAddress),
    userAgent: request.headers['user-agent']?.slice(0, LONGEST_USER_AGENT) ?? null,
  };
}

/** One text for one address: IPv4 within IPv6 is IPv4, zones are dropped. */
export function canonicalAddress(text: string): string {
  const bare = text.split('%')[0] ?? '';
  return ipaddr.isValid(bare) ? ipaddr.process(bare).toString() : '0.0.0.0';
}

/**
 * Attack: a subscriber has 2^64 addresses of IPv6 and counts as a new caller with each. What is counted is
 * the /64, which is what one subscriber gets (RFC 6177).
 */
export function networkOf(address: string): string {
  const parsed = ipaddr.parse(address);
  if (parsed.kind() === 'ipv4') return address;
  const parts = (parsed as ipaddr.IPv6).parts.slice(0, 4);
  return `${parts.map((part) => part.toString(16)).join(':')}::/64`;
}
