import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { createVerifier, TokenError } from 'gatehouse/verifier';
import { GraphQLError } from 'graphql';

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
    throw new GraphQLError(error.message, { extensions: { code, reason: error.reason, http: { status } } });
  }
}

const server = new ApolloServer({
  typeDefs: 'type Query { userId: ID }',
  resolvers: { Query: { userId: (_root, _args, { caller }) => caller?.userId } },
});
const { url } = await startStandaloneServer(server, {
  listen: { port: Number(port ?? 5000) },
  context: async ({ req }) => ({ caller: await callerOf(req.headers.authorization) }),
});
console.log(`listening on ${url}`);
