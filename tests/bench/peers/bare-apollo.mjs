// The peer: Apollo Server on Fastify that answers a constant, with no checks at all.
import { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify from 'fastify';

const me = {
  id: '0e4d66ad-e53e-4942-bbc5-9fd00998544a',
  username: 'ada',
  email: 'ada@example.org',
  role: 'CUSTOMER',
};
const apollo = new ApolloServer({
  typeDefs: 'type User { id: ID! username: String! email: String! role: String! } type Query { me: User }',
  resolvers: { Query: { me: () => me } },
});
await apollo.start();
const app = Fastify();
app.post('/graphql', fastifyApolloHandler(apollo));
await app.listen({ host: '127.0.0.1', port: Number(process.argv[2]) });
