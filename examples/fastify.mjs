import Fastify from 'fastify';
import { createVerifier, TokenError } from 'gatehouse/verifier';

const { ISSUER: issuer = 'http://127.0.0.1:4000', SERVICE_TOKEN: serviceToken, PORT: port } = process.env;
const verifier = createVerifier({ issuer, audience: 'gateway', serviceToken });
await verifier.ready();

const app = Fastify();
app.decorateRequest('caller', null);
app.addHook('onRequest', async (request) => {
  request.caller = await verifier.verify(request.headers.authorization);
});
app.setErrorHandler((error, _request, reply) => {
  if (!(error instanceof TokenError)) throw error;
  return reply.code(error.reason === 'STALE' ? 503 : 401).send({ reason: error.reason });
});
app.get('/me', async ({ caller }) => ({ userId: caller.userId, role: caller.role }));
app.addHook('onClose', async () => verifier.close());
console.log(`listening on ${await app.listen({ port: Number(port ?? 5000) })}`);
