import type { FastifyInstance } from 'fastify';
import type { SigningKeys } from './signing-keys.js';

/** Cache lifetime of the keys. A new key is published for longer than this before it signs. */
const MAX_AGE_SECONDS = 300;

/** Serves the public keys as a JWK Set (RFC 7517 §5). */
export function serveKeys(app: FastifyInstance, keys: SigningKeys): void {
  app.get('/.well-known/jwks.json', async (_request, reply) => {
    void reply.header('cache-control', `public, max-age=${MAX_AGE_SECONDS}`);
    return keys.jwks;
  });
}
