/**
 * Whether a page of this origin may act for the signed-in user.
 * @param host the Host header: the gateway's own pages have its origin
 */
export function isOwnOrigin(
  corsOrigins: readonly string[],
  origin: string,
  host: string | undefined,
): boolean {
  return corsOrigins.includes(origin) || origin === `http://${host}` || origin === `https://${host}`;
}
