import { createHash, timingSafeEqual } from 'node:crypto';

const BEARER = /^bearer +([^ ]+) *$/i;

/** Checks the bearer tokens of services (RFC 6750 §2.1). */
export class ServiceTokens {
  readonly #digests: readonly Buffer[];

  constructor(tokens: readonly string[]) {
    this.#digests = tokens.map(digest);
  }

  /** Takes the same time for every token: compares digests, and always all of them (ASVS 11.2.4). */
  accepts(authorization: string | undefined): boolean {
    const token = BEARER.exec(authorization ?? '')?.[1];
    if (token === undefined) return false;
    const presented = digest(token);
    return this.#digests.filter((known) => timingSafeEqual(known, presented)).length > 0;
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest();
