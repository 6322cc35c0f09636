import {
  ApolloClient,
  ApolloLink,
  CombinedGraphQLErrors,
  gql,
  HttpLink,
  InMemoryCache,
} from '@apollo/client';
import { Client, fetchExchange } from '@urql/core';
import type { AuthClient } from 'gatehouse/client';
import { authLink } from 'gatehouse/client/apollo';
import { authExchange } from 'gatehouse/client/urql';
import { beforeAll, describe, expect, it } from 'vitest';
import { RevokeOtherSessionsDocument } from '../../generated/graphql.js';
import { type Account, registerAndVerify, signIn } from '../../support/accounts.js';
import { bodyClient } from '../../support/body-client.js';
import { expectData } from '../../support/client.js';
import { type FaultProxy, refusal, startFaultProxy } from '../../support/fault-proxy.js';
import type { Gateway } from '../../support/gateway.js';
import { startGateway } from '../../support/in-process.js';

const HOUR_MS = 3_600_000;
const ME = gql`
  query Me {
    me {
      username
    }
  }
`;

interface Outcome {
  username: string | undefined;
  reason: unknown;
}

/** Asks who is signed in, by an Apollo Client. */
function apollo(url: string, client: AuthClient): () => Promise<Outcome> {
  const link = ApolloLink.from([authLink(client), new HttpLink({ uri: url })]);
  const apolloClient = new ApolloClient({ link, cache: new InMemoryCache() });
  return async () => {
    const { data, error } = await apolloClient.query<{ me: { username: string } | null }>({
      query: ME,
      fetchPolicy: 'no-cache',
      errorPolicy: 'all',
    });
    if (error && !CombinedGraphQLErrors.is(error)) throw error;
    return { username: data?.me?.username, reason: error?.errors[0]?.extensions?.reason };
  };
}

/** The same by urql. */
function urql(url: string, client: AuthClient): () => Promise<Outcome> {
  const urqlClient = new Client({
    url,
    exchanges: [authExchange(client), fetchExchange],
    preferGetMethod: false,
  });
  return async () => {
    const { data, error } = await urqlClient.query(ME, {}, { requestPolicy: 'network-only' });
    if (error?.networkError) throw error.networkError;
    return { username: data?.me?.username, reason: error?.graphQLErrors[0]?.extensions?.reason };
  };
}

describe.each([
  ['authLink for Apollo Client', apollo],
  ['authExchange for urql', urql],
])('%s', (_name, create) => {
  let gateway: Gateway;
  let proxy: FaultProxy;
  let account: Account;

  const signedIn = async () => {
    const client = bodyClient(proxy.url);
    await client.signIn({ identifier: account.username, password: account.password });
    return { client, ask: create(proxy.url, client) };
  };
  const refreshes = () => proxy.count('refreshToken');

  beforeAll(async () => {
    gateway = await startGateway({ listen: true });
    proxy = await startFaultProxy(gateway.port);
    account = await registerAndVerify(gateway);
  });

  it('sends the access token', async () => {
    const { ask } = await signedIn();
    expect((await ask()).username).toBe(account.username);
  });

  it('sends no token if nobody is signed in', async () => {
    const ask = create(proxy.url, bodyClient(proxy.url));
    expect((await ask()).reason).toBe('TOKEN_MISSING');
  });

  it('refreshes an expired token, and repeats the operation once', async () => {
    const { ask } = await signedIn();
    await gateway.clock.reach(gateway.clock.now() + HOUR_MS);
    const before = refreshes();
    const queries = proxy.count('me');
    expect((await ask()).username).toBe(account.username);
    expect(refreshes() - before).toBe(1);
    expect(proxy.count('me') - queries).toBe(2);
  });

  it('passes the error of a revoked session on, and signs out', async () => {
    const { client, ask } = await signedIn();
    const elsewhere = await signIn(gateway, account);
    expectData(await gateway.client.run(RevokeOtherSessionsDocument, {}, { token: elsewhere.accessToken }));
    expect((await ask()).reason).toBe('SESSION_REVOKED');
    expect(client.state).toEqual({ status: 'signedOut', reason: 'revoked' });
  });

  it('repeats once at most', async () => {
    const { client, ask } = await signedIn();
    const expired = refusal({ code: 'UNAUTHENTICATED', reason: 'TOKEN_EXPIRED' });
    proxy.fail('me', expired, expired, expired);
    const before = refreshes();
    expect((await ask()).reason).toBe('TOKEN_EXPIRED');
    expect(refreshes() - before).toBe(1);
    expect(client.state).toEqual({ status: 'signedOut', reason: 'expired' });
    proxy.fail('me');
  });

  it('repeats an operation that a router refuses with 401 (RFC 6750)', async () => {
    const { ask } = await signedIn();
    const headers = { 'www-authenticate': 'Bearer error="invalid_token"' };
    proxy.fail('me', { kind: 'answer', status: 401, body: '', headers });
    expect((await ask()).username).toBe(account.username);
  });

  it('fails with the error of the refresh if the gateway asks for a long pause', async () => {
    const { client, ask } = await signedIn();
    await gateway.clock.reach(gateway.clock.now() + HOUR_MS);
    proxy.fail('refreshToken', refusal({ code: 'SERVICE_UNAVAILABLE', retryAfter: 60 }));
    await expect(ask()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(client.state).toMatchObject({ status: 'signedIn' });
  });
});
