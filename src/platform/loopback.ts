import { isIP } from 'node:net';

/**
 * Whether a host is this machine, by its form: a loopback address, or `localhost` and the names below it (RFC 6761 §6.3).
 * No name is resolved.
 * @param host a host name or an address; an IPv6 address with or without brackets
 */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || isLoopbackAddress(host);
}

/** Whether a host is a loopback address. Names such as `localhost` are not. */
export function isLoopbackAddress(host: string): boolean {
  return host === '[::1]' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
