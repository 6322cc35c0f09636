import { createHash, timingSafeEqual } from 'node:crypto';

/** The token of an Authorization header (RFC 6750 §2.1). Undefined if the header has another scheme or form. */
export function readBearerToken(authorization: string | undefined): string | undefined {
  return /^bearer +([^ ]+) *$/i.exec(authorization ?? '')?.[1];
}

/**
 * Whether a header carries one of the tokens. Takes the same time for every token: compares digests, and always all of
 * them (ASVS 11.2.4).
 */
export function carriesToken(authorization: string | undefined, accepted: readonly string[]): boolean {
  const token = readBearerToken(authorization);
  if (token === undefined) return false;
  const presented = digest(token);
  return accepted.filter((one) => timingSafeEqual(digest(one), presented)).length > 0;
}

const digest = (text: string) => createHash('sha256').update(text).digest();
