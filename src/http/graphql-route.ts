import type { ApolloServer } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticate } from '../graphql/context.js';
import { GatewayContext } from '../graphql/context.js';
import type { Log } from '../platform/log.js';
import { originReader } from './client-address.js';
import { cookiesOf } from './cookies.js';
import { internalError, refuse } from './errors.js';
import { responseType } from './media-types.js';
import { isOwnOrigin } from './own-origin.js';

export interface GraphqlRouteDeps {
  readonly apollo: ApolloServer<GatewayContext>;
  readonly authenticate: Authenticate;
  readonly log: Log;
  readonly production: boolean;
  readonly trustProxy: readonly string[];
  readonly corsOrigins: readonly string[];
}

/**
 * `POST /graphql`, by the GraphQL over HTTP specification. Apollo Server runs the operation. Its own HTTP layer would
 * parse the headers of each request anew, which took a fifth of the time of a small query.
 */
export function graphqlRoute(app: FastifyInstance, deps: GraphqlRouteDeps): void {
  // CSRF: any page can post a form as text/plain, but JSON needs a preflight. No parser for other types is left.
  app.removeContentTypeParser('text/plain');
  const contextOf = contextReader(deps);
  app.post('/graphql', { onRequest: prepare, config: { isTraced: true } }, async (request, reply) => {
    const operation = operationOf(request.body);
    if (typeof operation === 'string') return refuse(reply, 400, operation);
    // Before the operation runs, so that a refused mutation has changed nothing.
    const contentType = responseType(request.headers.accept);
    if (contentType === undefined) return refuse(reply, 406, NOT_ACCEPTABLE);
    const contextValue = contextOf(request, reply);
    const result = await deps.apollo.executeOperation(operation, { contextValue }).catch(() => undefined);
    // A plugin has failed. Apollo has logged why.
    if (result?.body.kind !== 'single') return reply.code(500).send(internalError(request.id));
    const { errors, data, extensions } = result.body.singleResult;
    reply.code(result.http.status ?? 200).header('content-type', contentType);
    return JSON.stringify({ errors, data, extensions });
  });
}

const NOT_ACCEPTABLE = 'The Accept header must allow application/json or application/graphql-response+json.';

/** Also answers that are sent before the handler runs must not be stored. */
function prepare(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  void reply.header('cache-control', 'no-store');
  // RFC 9112 §3.2
  if (URL.canParse(`http://${request.hostname}/`)) done();
  else void refuse(reply, 400, 'The Host header is not valid.');
}

interface Operation {
  readonly query?: string;
  readonly operationName?: string;
  readonly variables?: Record<string, unknown>;
  readonly extensions?: Record<string, unknown>;
}

/** The operation of a body, or why there is none. */
function operationOf(body: unknown): Operation | string {
  if (Array.isArray(body))
    return 'Send one operation for each request; an array of operations is not supported.';
  if (!isObject(body)) return 'The body must be a JSON object with the member "query".';
  const { query, operationName, variables, extensions } = body;
  // Apollo refuses an operation without a text. Clients with persisted queries send the text if they see its message.
  if (query != null && typeof query !== 'string') return '"query" must be the text of a GraphQL document.';
  if (operationName != null && typeof operationName !== 'string')
    return '"operationName" must be text or null.';
  if (variables != null && !isObject(variables)) return '"variables" must be an object or null.';
  if (extensions != null && !isObject(extensions)) return '"extensions" must be an object or null.';
  return {
    ...(query != null && { query }),
    ...(operationName != null && { operationName }),
    ...(variables != null && { variables }),
    ...(extensions != null && { extensions }),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function contextReader({ authenticate, log, production, trustProxy, corsOrigins }: GraphqlRouteDeps) {
  const policy = {
    secure: production,
    isOwnOrigin: (origin: string, host: string | undefined) => isOwnOrigin(corsOrigins, origin, host),
    ...(!production && { onCrossSite: warnOnce(log) }),
  };
  const originOf = originReader(trustProxy);
  return (request: FastifyRequest, reply: FastifyReply): GatewayContext => {
    request.report = {};
    return new GatewayContext(
      {
        requestId: request.id,
        origin: () => originOf(request),
        cookies: cookiesOf(request, reply, policy),
        authorization: request.headers.authorization,
        routerSecret: headerOf(request, 'x-router-secret'),
        report: request.report,
      },
      authenticate,
    );
  };
}

function warnOnce(log: Log): (origin: string, host: string) => void {
  let isWarned = false;
  return (origin, host) => {
    if (!isWarned)
      log.warn(
        { origin, host },
        'the browser will not send the cookie back: open front end and gateway under one host name',
      );
    isWarned = true;
  };
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
