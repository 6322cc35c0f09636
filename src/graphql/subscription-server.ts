import {
  type ExecutionArgs,
  type FormattedExecutionResult,
  GraphQLError,
  getOperationAST,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { type ConnectionInitMessage, makeServer, type Server, type SubscribePayload } from 'graphql-ws';
import type { GatewayContext } from './context.js';
import { LIMITS, limitDocument } from './limits.js';
import { formatError } from './masking.js';
import { requestCheck } from './request-checks.js';
import { MAX_ERRORS } from './request-report.js';
import type { ServerOptions } from './server.js';

/** The connection of a client, as the protocol needs it. */
export interface SubscriptionPeer {
  /**
   * Authenticates the connection.
   * @throws to refuse it; the HTTP layer closes the socket
   */
  connect(authorization: string | undefined): Promise<void>;
  /** The context of one operation. */
  createContext(): GatewayContext;
}

export type SubscriptionServer = Server<SubscriptionPeer>;

/** The maximum number of subscriptions of one connection at a time. */
export const MAX_SUBSCRIPTIONS = 20;
/** In characters. The id is in each message to the client. */
const MAX_ID_LENGTH = 128;

class InvalidMessage extends Error {}

/** Whether the client has broken the protocol. The library has no class for messages that only a server sends. */
export function isInvalidMessage(error: unknown): boolean {
  if (error instanceof InvalidMessage) return true;
  return error instanceof Error && error.message.startsWith('Unexpected message of type ');
}

/** The protocol graphql-transport-ws, with the limits, error masking and reports of requests. Runs only subscriptions. */
export function createSubscriptionServer(options: Omit<ServerOptions, 'log'>): SubscriptionServer {
  const prepare = preparer(options);
  const masked = (errors: readonly GraphQLError[], context: GatewayContext) => {
    options.reportErrors(errors, context);
    return errors.slice(0, MAX_ERRORS.executed).map((error) => formatError(error.toJSON(), error));
  };
  return makeServer<ConnectionInitMessage['payload'], SubscriptionPeer>({
    // The connection has a deadline of its own, which includes the check of the access token.
    connectionInitWaitTimeout: 0,
    async onConnect({ connectionParams, extra }) {
      const { authorization } = connectionParams ?? {};
      await extra.connect(typeof authorization === 'string' ? authorization : undefined);
    },
    async onSubscribe({ subscriptions, extra }, id, payload) {
      if (id.length > MAX_ID_LENGTH) throw new InvalidMessage('the id of a message is too long');
      if (Object.keys(subscriptions).length > MAX_SUBSCRIPTIONS) return [TOO_MANY_SUBSCRIPTIONS];
      return prepare(payload, extra.createContext());
    },
    onNext(_ctx, _id, _payload, { contextValue }, { errors, data }) {
      const result = data === undefined ? {} : { data };
      if (errors === undefined) return result as FormattedExecutionResult;
      return {
        ...result,
        errors: masked(errors, contextValue as GatewayContext),
      } as FormattedExecutionResult;
    },
    onError: ({ extra }, _id, _payload, errors) => masked(errors, extra.createContext()),
  });
}

const TOO_MANY_SUBSCRIPTIONS = withCode(
  new GraphQLError(
    `A connection can have at most ${MAX_SUBSCRIPTIONS} subscriptions. Complete another one first.`,
  ),
  'BAD_REQUEST',
);

type Prepared = ExecutionArgs | readonly GraphQLError[];

/** Runs the steps that Apollo Server runs between the arrival of a request and its execution. */
function preparer({ schema, credentialFields, introspection }: Omit<ServerOptions, 'log'>) {
  const check = requestCheck(schema);
  const rules = [
    ...specifiedRules,
    limitDocument(credentialFields, 'socket'),
    ...(introspection ? [] : [NoSchemaIntrospectionCustomRule]),
  ];
  const validation = { maxErrors: MAX_ERRORS.notExecuted, hideSuggestions: !introspection };
  return async (payload: SubscribePayload, context: GatewayContext): Promise<Prepared> => {
    const document = parsed(payload.query);
    if (document instanceof GraphQLError) return [document];
    const errors = validate(schema, document, rules, validation);
    if (errors.length > 0) return errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
    const operation = getOperationAST(document, payload.operationName);
    if (!operation) return [withCode(new GraphQLError(''), 'OPERATION_RESOLUTION_FAILURE')];
    const variableValues = payload.variables ?? {};
    const refusal = await check(document, operation, variableValues, context);
    if (refusal !== undefined) return [refusal];
    return { schema, document, operationName: payload.operationName, variableValues, contextValue: context };
  };
}

/** Without locations: graphql-js counts the lines before each error, and a document can have 100,000 lines. */
function parsed(query: string) {
  try {
    return parse(query, { maxTokens: LIMITS.tokens, noLocation: true });
  } catch (error) {
    return withCode(error as GraphQLError, 'GRAPHQL_PARSE_FAILED');
  }
}

function withCode({ message, nodes }: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(message, { nodes: nodes ?? null, extensions: { code } });
}
