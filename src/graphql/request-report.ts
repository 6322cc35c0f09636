import type { ApolloServerPlugin } from '@apollo/server';
import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { Counter } from 'prom-client';
import { AuthErrorCode } from '../platform/error.js';
import type { Log } from '../platform/log.js';
import type { Metrics } from '../platform/metrics.js';
import type { GatewayContext } from './context.js';
import { knownError } from './masking.js';

/**
 * The most errors in an answer. The limit is higher for an executed request, because each field that the caller may not
 * see gives an error.
 */
export const MAX_ERRORS = { notExecuted: 5, executed: 20 } as const;
/** The most unexpected errors of one request that are logged. */
const MAX_LOGGED = 5;

export type ReportErrors = (errors: readonly GraphQLError[], context: GatewayContext) => void;

/** Counts errors by code, and logs unexpected errors with the request id that the client receives. */
export function errorReporter(log: Log, metrics: Metrics): ReportErrors {
  const errorCounter = new Counter({
    name: 'gatehouse_errors_total',
    help: 'Errors in answers by code.',
    labelNames: ['code'] as const,
    registers: [metrics.registry],
  });
  return (errors, context) => reportErrors(errors, context, log, errorCounter);
}

/** Fills in the report of each request, and reports its errors. */
export function reportRequests(
  schema: GraphQLSchema,
  log: Log,
  report: ReportErrors,
): ApolloServerPlugin<GatewayContext> {
  const names = new WeakMap<OperationDefinitionNode, string>();
  return {
    async unexpectedErrorProcessingRequest({ requestContext: { contextValue }, error }) {
      log.error({ err: error, requestId: contextValue.requestId }, 'unexpected error');
    },
    async requestDidStart({ contextValue: { report: facts } }) {
      return {
        async didResolveOperation({ document, operation }) {
          if (operation === undefined) return;
          let name = names.get(operation);
          if (name === undefined) {
            name = operationName(schema, document, operation);
            names.set(operation, name);
          }
          facts.operation = name;
        },
        async didEncounterErrors({ errors, contextValue }) {
          report(errors, contextValue);
        },
        async willSendResponse({ response: { body }, contextValue }) {
          const userId = contextValue.authenticated?.principal?.userId;
          if (userId !== undefined) facts.userId = userId;
          if (body.kind !== 'single' || body.singleResult.errors === undefined) return;
          const { data, errors } = body.singleResult;
          const max = data === undefined ? MAX_ERRORS.notExecuted : MAX_ERRORS.executed;
          if (errors.length > max) body.singleResult.errors = errors.slice(0, max);
        },
      };
    },
  };
}

function reportErrors(
  errors: readonly GraphQLError[],
  { requestId, report }: GatewayContext,
  log: Log,
  errorCounter: Counter<'code'>,
): void {
  const unexpected: GraphQLError[] = [];
  let unavailable: GraphQLError | undefined;
  for (const error of errors) {
    const code = String(
      knownError(error)?.code ?? error.extensions.code ?? AuthErrorCode.INTERNAL_SERVER_ERROR,
    );
    report.outcome ??= code;
    errorCounter.inc({ code });
    if (code === AuthErrorCode.SERVICE_UNAVAILABLE) unavailable ??= error;
    if (code !== AuthErrorCode.INTERNAL_SERVER_ERROR) continue;
    error.extensions.requestId = requestId;
    unexpected.push(error);
  }
  // If the request has several errors, these two decide the level of its log line.
  if (unavailable !== undefined) {
    report.outcome = AuthErrorCode.SERVICE_UNAVAILABLE;
    const err = unavailable.originalError?.cause ?? unavailable.originalError;
    log.warn({ err, requestId }, 'service unavailable');
  }
  if (unexpected.length > 0) report.outcome = AuthErrorCode.INTERNAL_SERVER_ERROR;
  for (const error of unexpected.slice(0, MAX_LOGGED)) {
    const node = error.nodes?.[0];
    // The name in the schema, because the path contains aliases, which the client chose.
    const field = node?.kind === Kind.FIELD ? node.name.value : undefined;
    log.error({ err: error.originalError ?? error, requestId, field }, 'unexpected error');
  }
}

/** Returns only names of the schema: otherwise a client could add time series to the metrics. */
function operationName(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): string {
  const fields = schema.getRootType(operation.operation)?.getFields() ?? {};
  const found = new Set<string>();
  const open = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const name = selection.name.value;
        found.add(name in fields ? name : 'introspection');
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet);
      } else if (!open.has(selection.name.value)) {
        open.add(selection.name.value);
        for (const definition of document.definitions) {
          if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value)
            collect(definition.selectionSet);
        }
      }
    }
  };
  collect(operation.selectionSet);
  const [only] = found;
  return found.size === 1 && only !== undefined ? only : 'several';
}
