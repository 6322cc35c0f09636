import { type AuthClient, type AuthClientOptions, createAuthClient } from 'gatehouse/client';
import { stopAtEnd } from './at-end.js';
import type { Gateway } from './gateway.js';

export const endpointOf = ({ port }: Pick<Gateway, 'port'>) => `http://127.0.0.1:${port}/graphql`;

/** A client as an app without a browser makes it. Closed at the end of the file. */
export function bodyClient(url: string, options: Partial<AuthClientOptions> = {}): AuthClient {
  const client = createAuthClient({ url, delivery: 'body', ...options });
  stopAtEnd(async () => client.close());
  return client;
}

/** The answer to a query with the client's fetch. */
export async function query(client: AuthClient, url: string, text = '{ me { username } }') {
  const response = await client.fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: text }),
  });
  return response.json() as Promise<{ data: unknown; errors?: { extensions: object }[] }>;
}
