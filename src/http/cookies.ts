import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CookieOptions, Cookies } from '../graphql/context.js';

export interface CookiePolicy {
  /** Sets the prefix `__Host-` and the flag Secure. Off only in development, which uses plain HTTP. */
  readonly secure: boolean;
  /** Whether requests from this origin may use the cookies. */
  isOwnOrigin(origin: string, host: string | undefined): boolean;
  /** Called if the browser will not send the cookie back, because the page is on another site. */
  onCrossSite?(origin: string, host: string): void;
}

/**
 * Cookies with all protections: HttpOnly, Secure, SameSite=Strict, no Domain (ASVS 3.3.1 to 3.3.4).
 *
 * Attack: a page on a sibling domain posts to the gateway. For the browser it is the same site, so it sends the cookies of
 * the victim. So the cookies of a request with a foreign `Origin` are ignored (ASVS 3.5.1).
 */
export function cookiesOf(request: FastifyRequest, reply: FastifyReply, policy: CookiePolicy): Cookies {
  const { origin, host } = request.headers;
  const isForeign = origin !== undefined && !policy.isOwnOrigin(origin, host);
  const fullName = (name: string) => (policy.secure ? `__Host-${name}` : name);
  const flags = { path: '/', httpOnly: true, secure: policy.secure, sameSite: 'strict' } as const;
  return {
    get: (name) =>
      isForeign ? undefined : request.server.parseCookie(request.headers.cookie ?? '')[fullName(name)],
    set(name: string, value: string, options: CookieOptions = {}) {
      if (origin && host && isCrossSite(origin, host)) policy.onCrossSite?.(origin, host);
      void reply.setCookie(fullName(name), value, { ...flags, ...options });
    },
    clear(name) {
      void reply.clearCookie(fullName(name), flags);
    },
  };
}

/** Whether two hosts are different sites for SameSite cookies (RFC 6265bis §5.2). May miss some, never the reverse. */
function isCrossSite(origin: string, host: string): boolean {
  if (!URL.canParse(origin) || !URL.canParse(`http://${host}`)) return false;
  const [page, gateway] = [new URL(origin).hostname, new URL(`http://${host}`).hostname];
  const site = (name: string) => (/^[\d.]+$|^\[/.test(name) ? name : name.split('.').slice(-2).join('.'));
  return site(page) !== site(gateway);
}
