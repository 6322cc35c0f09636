/** Whether the host of a URL is this machine by its form. A name is not resolved, except that `localhost` counts (RFC 6761 §6.3). */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.[0-9]+){3}$/.test(hostname);
}
