import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { afterAll } from 'vitest';

/** Another subgraph: it stores tickets, knows users only by id, and extends `User`. */
export const TICKETS_SDL = `#graphql
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])

  type Query {
    ticket(id: ID!): Ticket
    tickets: [Ticket!]!
  }

  type Ticket @key(fields: "id") {
    id: ID!
    title: String!
    author: User
  }

  type User @key(fields: "id") {
    id: ID!
    tickets: [Ticket!]!
  }
`;

export interface Ticket {
  id: string;
  title: string;
  authorId: string;
}

/** Serves tickets as a subgraph until the end of the test file; returns its URL. */
export async function startTickets(tickets: readonly Ticket[]): Promise<string> {
  const resolvers = {
    Query: {
      ticket: (_: unknown, { id }: { id: string }) => tickets.find((ticket) => ticket.id === id),
      tickets: () => tickets,
    },
    Ticket: {
      __resolveReference: ({ id }: { id: string }) => tickets.find((ticket) => ticket.id === id),
      author: ({ authorId }: Ticket) => ({ id: authorId }),
    },
    User: {
      tickets: (user: { id: string }) => tickets.filter(({ authorId }) => authorId === user.id),
    },
  };
  const schema = buildSubgraphSchema([{ typeDefs: parse(TICKETS_SDL), resolvers }]);
  const server = new ApolloServer({ schema, plugins: [ApolloServerPluginInlineTraceDisabled()] });
  const { url } = await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: 0 } });
  afterAll(() => server.stop());
  return url;
}
