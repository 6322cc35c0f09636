import type { Agent, IncomingHttpHeaders } from 'node:http';
import { expect } from 'vitest';
import type { AuthErrorCode } from '../generated/enums.js';
import type { TypedDocumentString } from '../generated/graphql.js';
import { type Cookie, send } from './http.js';

/** Apollo's own codes for requests that are not executed. */
export type ApolloCode = 'GRAPHQL_PARSE_FAILED' | 'GRAPHQL_VALIDATION_FAILED' | 'BAD_REQUEST';

export interface GraphQLFault {
  message: string;
  path?: (string | number)[];
  extensions: {
    code?: AuthErrorCode | ApolloCode;
    reason?: 'TOKEN_MISSING' | 'TOKEN_EXPIRED' | 'TOKEN_INVALID' | 'SESSION_REVOKED';
    fieldErrors?: { field: string; message: string }[];
    retryAfter?: number;
    maxAge?: number;
    methods?: string[];
    requestId?: string;
  };
}

export interface Result<T> {
  data: T | null | undefined;
  errors: GraphQLFault[];
  status: number;
  headers: IncomingHttpHeaders;
  cookies: Record<string, Cookie>;
}

export interface RunOptions {
  /** The access token for the Authorization header. */
  token?: string;
  cookies?: Record<string, string>;
  headers?: Record<string, string>;
  agent?: Agent;
}

export interface Client {
  run<T, V>(
    document: TypedDocumentString<T, V>,
    variables: NoInfer<V>,
    options?: RunOptions,
  ): Promise<Result<T>>;
  /** For queries that the types do not allow: any GraphQL text with any variables. */
  runRaw(query: string, variables?: unknown, options?: RunOptions): Promise<Result<unknown>>;
}

export function createClient(url: string): Client {
  const runRaw = async (query: string, variables: unknown = {}, options: RunOptions = {}) => {
    const { token, cookies = {}, headers = {}, agent } = options;
    const jar = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
    const answer = await send(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(jar.length > 0 ? { cookie: jar.join('; ') } : {}),
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
      ...(agent ? { agent } : {}),
    });
    if (!isResponse(answer.json)) throw new Error(`Not a GraphQL response: ${answer.status}: ${answer.text}`);
    const { data, errors = [] } = answer.json;
    return { data, errors, status: answer.status, headers: answer.headers, cookies: answer.cookies };
  };
  return {
    runRaw,
    run: <T, V>(document: TypedDocumentString<T, V>, variables: V, options?: RunOptions) =>
      runRaw(document.toString(), variables, options) as Promise<Result<T>>,
  };
}

function isResponse(json: unknown): json is { data?: unknown; errors?: GraphQLFault[] } {
  return typeof json === 'object' && json !== null && ('data' in json || 'errors' in json);
}

/** Returns the data of an operation, and fails if the operation has errors. */
export function expectData<T>(result: Result<T>): T {
  expect(result.errors, 'the operation succeeds').toEqual([]);
  if (!result.data) throw new Error(`No data at status ${result.status}`);
  return result.data;
}

/** Expects exactly one error with this code, and returns its extensions. */
export function expectCode(
  result: Result<unknown>,
  code: AuthErrorCode | ApolloCode,
): GraphQLFault['extensions'] {
  expect(
    result.errors.map((error) => error.extensions?.code ?? error.message),
    `data: ${JSON.stringify(result.data)}`,
  ).toEqual([code]);
  return result.errors[0]?.extensions ?? {};
}

/** Expects UNAUTHENTICATED, and returns its reason. */
export function expectUnauthenticated(result: Result<unknown>) {
  const { reason } = expectCode(result, 'UNAUTHENTICATED');
  expect(reason).toBeOneOf(['TOKEN_MISSING', 'TOKEN_EXPIRED', 'TOKEN_INVALID', 'SESSION_REVOKED']);
  return reason;
}
