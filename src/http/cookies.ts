import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CookieOptions, Cookies } from '../graphql/context.js';

export interface CookiePolicy {
  /** `__Host-` and Secure; off only over plain http in development. */
  readonly secure: boolean;
  /** Whether a browser of this origin may use our cookies. */
  isOwnOrigin(origin: string, host: string | undefined): boolean;
}

/**
 * Cookies with every flag set: HttpOnly, Secure, SameSite=Strict, host only (ASVS 3.3.1 to 3.3.4).
 *
 * Attack: a page on a sibling domain, which is "same site" to a browser, posts to us with the victim's cookies.
 * A request that names a foreign origin therefore has no cookies here (ASVS 3.5.1).
 */
export function cookiesOf(request: FastifyRequest, reply: FastifyReply, policy: CookiePolicy): Cookies {
  const { origin, host } = request.headers;
  const isForeign = origin !== undefined && !policy.isOwnOrigin(origin, host);
  const fullName = (name: string) => (policy.secure ? `__Host-${name}` : name);
  const flags = { path: '/', httpOnly: true, secure: policy.secure, sameSite: 'strict' } as const;
  return {
    get: (name) => (isForeign ? undefined : request.cookies[fullName(name)]),
    set(name: string, value: string, options: CookieOptions = {}) {
      void reply.setCookie(fullName(name), value, { ...flags, ...options });
    },
    clear(name) {
      void reply.clearCookie(fullName(name), flags);
    },
  };
}
