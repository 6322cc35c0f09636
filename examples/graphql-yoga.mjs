import { createServer } from 'node:http';
import { createVerifier, TokenError } from 'gatehouse/verifier';
import { createGraphQLError, createSchema, createYoga } from 'graphql-yoga';

const { ISSUER: issuer = 'http://127.0.0.1:4000', SERVICE_TOKEN: serviceToken, PORT: port } = process.env;
const verifier = createVerifier({ issuer, audience: 'gateway', serviceToken });
await verifier.ready();

/** The caller, or undefined: operations for everybody need no token. */
async function callerOf(authorization) {
  try {
    return await verifier.verify(authorization);
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    if (error.reason === 'TOKEN_MISSING') return undefined;
    const [code, status] = error.reason === 'STALE' ? ['SERVICE_UNAVAILABLE', 503] : ['UNAUTHENTICATED', 401];
    throw createGraphQLError(error.message, { extensions: { code, reason: error.reason, http: { status } } });
  }
}

const yoga = createYoga({
  schema: createSchema({
    typeDefs: 'type Query { userId: ID }',
    resolvers: { Query: { userId: (_root, _args, { caller }) => caller?.userId } },
  }),
  context: async ({ request }) => ({
    caller: await callerOf(request.headers.get('authorization') ?? undefined),
  }),
});
const server = createServer(yoga);
server.listen(Number(port ?? 5000), () => console.log(`listening on ${server.address().port}`));
