import type { FastifyInstance } from 'fastify';
import { handleCallback } from './callback.js';
import type { IdentityProviderDeps } from './deps.js';

/** Serves the redirect URI of each provider. */
export function serveCallbacks(app: FastifyInstance, deps: IdentityProviderDeps): void {
  for (const [id, provider] of deps.providers) {
    // No HEAD route: a HEAD request of a link scanner would consume the state.
    const options = { exposeHeadRoute: false, config: { isTraced: true } };
    app.get(callbackPath(id), options, async (request, reply) => {
      const at = request.url.indexOf('?');
      const { url, fault } = await handleCallback(deps, provider, at < 0 ? '' : request.url.slice(at + 1));
      if (fault !== undefined) deps.log.error({ err: fault, requestId: request.id }, 'unexpected error');
      // The code must not stay in a cache or get into a Referer header.
      void reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer');
      return reply.redirect(url, 303);
    });
  }
}

/** The path of the redirect URI, which is registered at the provider. */
export const callbackPath = (id: string): string => `/identity-providers/${id}/callback`;
