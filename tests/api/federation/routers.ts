import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { composeServices } from '@apollo/composition';
import { ApolloGateway, IntrospectAndCompose, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import { parse } from 'graphql';
import { afterAll } from 'vitest';
import { type Client, createClient } from '../../support/client.js';

export interface Subgraph {
  name: string;
  url: string;
}

/** Starts a router for the subgraphs. The router sends them the secret, and forwards the caller's token. */
export type StartRouter = (subgraphs: readonly Subgraph[], secret: string) => Promise<Client>;

interface Caller {
  authorization?: string;
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

export const startApolloGateway: StartRouter = async (subgraphs, secret) => {
  class Source extends RemoteGraphQLDataSource<Caller> {
    override willSendRequest({
      request,
      context,
    }: Parameters<NonNullable<RemoteGraphQLDataSource<Caller>['willSendRequest']>>[0]) {
      request.http?.headers.set('x-router-secret', secret);
      if (context.authorization) request.http?.headers.set('authorization', context.authorization);
    }
  }
  const gateway = new ApolloGateway({
    supergraphSdl: new IntrospectAndCompose({
      subgraphs: [...subgraphs],
      introspectionHeaders: { 'x-router-secret': secret },
      logger: silent,
    }),
    buildService: ({ url }) => new Source({ url: url ?? '' }),
    logger: silent,
  });
  const server = new ApolloServer<Caller>({ gateway, logger: silent });
  const { url } = await startStandaloneServer(server, {
    listen: { host: '127.0.0.1', port: 0 },
    context: async ({ req: { headers } }) =>
      headers.authorization ? { authorization: headers.authorization } : {},
  });
  afterAll(() => server.stop());
  return createClient(url.replace(/\/$/, ''));
};

export const startHiveGateway: StartRouter = async (subgraphs, secret) => {
  const router = createGatewayRuntime({
    supergraph: await compose(subgraphs, secret),
    propagateHeaders: {
      fromClientToSubgraphs: ({ request }) => ({
        authorization: request.headers.get('authorization'),
        'x-router-secret': secret,
      }),
    },
    logging: false,
  });
  const server = createServer(router);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await router.dispose();
  });
  return createClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
};

/** Composes the SDL that the subgraphs return. @throws an error if it cannot be composed */
async function compose(subgraphs: readonly Subgraph[], secret: string): Promise<string> {
  return composed(
    await Promise.all(subgraphs.map(async (one) => ({ ...one, sdl: await sdlOf(one.url, secret) }))),
  );
}

export function composed(subgraphs: readonly (Subgraph & { sdl: string })[]): string {
  const { supergraphSdl, errors } = composeServices(
    subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) })),
  );
  if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

export async function sdlOf(url: string, secret?: string): Promise<string> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(secret && { 'x-router-secret': secret }) },
    body: JSON.stringify({ query: '{ _service { sdl } }' }),
  });
  const { data, errors } = (await answer.json()) as {
    data?: { _service: { sdl: string } };
    errors?: unknown;
  };
  if (!data) throw new Error(JSON.stringify(errors));
  return data._service.sdl;
}
