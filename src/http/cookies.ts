import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CookieOptions, Cookies } from '../graphql/context.js';

export interface CookiePolicy {
  /** `__Host-` and Secure; off only over plain http in development. */
  readonly secure: boolean;
  /** Whether a browser of this origin may use our cookies. */
  isOwnOrigin(origin: string, host: string | undefined): boolean;
  /** Called for a cookie that the browser will not send back, because the page is on another site. */
  onCrossSite?(origin: string, host: string): void;
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
      if (origin && host && isCrossSite(origin, host)) policy.onCrossSite?.(origin, host);
      void reply.setCookie(fullName(name), value, { ...flags, ...options });
    },
    clear(name) {
      void reply.clearCookie(fullName(name), flags);
    },
  };
}

/** Whether two hosts certainly are different sites, which a SameSite cookie does not cross (RFC 6265bis §5.2). */
function isCrossSite(origin: string, host: string): boolean {
  if (!URL.canParse(origin) || !URL.canParse(`http://${host}`)) return false;
  const [page, gateway] = [new URL(origin).hostname, new URL(`http://${host}`).hostname];
  const site = (name: string) => (/^[\d.]+$|^\[/.test(name) ? name : name.split('.').slice(-2).join('.'));
  return site(page) !== site(gateway);
}
