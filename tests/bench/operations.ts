import { type Call, type Operation, post } from './measure.js';
import type { Gateway } from './servers.js';
import { adminSession } from './tokens.js';

export const ME = '{ me { id username email role } }';
const REFRESH =
  'mutation ($token: String!) { refreshToken(refreshToken: $token) { accessToken refreshToken } }';
const ENTITIES = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on User { id username email role } }
}`;
export const PAGE =
  '{ users(first: 50) { nodes { id username email role } pageInfo { hasNextPage endCursor } } }';
export const AUDIT =
  '{ auditEvents(first: 50) { nodes { id type createdAt } pageInfo { hasNextPage endCursor } } }';
export const LOGIN = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';

/** Calls each item once, and fails when none is left. */
export function eachOnce<T>(items: readonly T[], call: (item: T) => Call): () => Call {
  let next = 0;
  return () => {
    const item = items[next++];
    if (item === undefined) throw new Error(`all ${items.length} items are used up`);
    return call(item);
  };
}

/** `me` with one token. */
export async function meOf(gateway: Gateway): Promise<Call> {
  const [session] = await gateway.takeSessions(1);
  return post({ query: ME, token: gateway.accessToken(session as never) });
}

/** `me` with a token and a session that the gateway has never seen, in each call. */
export async function meOfNew(gateway: Gateway, count: number): Promise<() => Call> {
  const tokens = (await gateway.takeSessions(count)).map(gateway.accessToken);
  return eachOnce(tokens, (token) => post({ query: ME, token }));
}

/** `refreshToken` of another session in each call: within the grace period the gateway would not rotate again. */
export async function refreshOf(gateway: Gateway, count: number): Promise<() => Call> {
  const tokens = (await gateway.takeSessions(count)).map(gateway.refreshToken);
  return eachOnce(tokens, (token) => post({ query: REFRESH, variables: { token } }));
}

/** `_entities` of these pages of user ids, in turns. */
export function entitiesOf(pages: readonly (readonly string[])[], token: string): () => Call {
  const calls = pages.map((ids) =>
    post({
      query: ENTITIES,
      variables: { representations: ids.map((id) => ({ __typename: 'User', id })) },
      token,
    }),
  );
  let next = 0;
  return () => calls[next++ % calls.length] as Call;
}

/** The token of an admin. */
export async function adminToken(gateway: Gateway): Promise<string> {
  return gateway.accessToken(await adminSession(gateway.sql));
}

/** Sends one operation. @throws Error if it fails */
export async function send(url: string, operation: Operation): Promise<void> {
  const { path, ...init } = post(operation);
  const response = await fetch(`${url}${path}`, init);
  const text = await response.text();
  if (text.includes('"errors"')) throw new Error(text.slice(0, 300));
}
