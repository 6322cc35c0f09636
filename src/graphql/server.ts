import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';

import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLSchema } from 'graphql';
import { AuthErrorCode } from '../platform/error.js';
import type { Log } from '../platform/log.js';
import type { Metrics } from '../platform/metrics.js';
import type { GatewayContext } from './context.js';
import { LIMITS, limitDocument } from './limits.js';
import { formatError, knownError } from './masking.js';

export interface ServerOptions {
  readonly schema: GraphQLSchema;
  readonly credentialFields: ReadonlySet<string>;
  readonly introspection: boolean;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Apollo Server with the limits, the masking and the reporting of errors in place. */
export function createApolloServer(options: ServerOptions): ApolloServer<GatewayContext> {
  return new ApolloServer<GatewayContext>({
    schema: options.schema,
    introspection: options.introspection,
    hideSchemaDetailsFromClientErrors: !options.introspection,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    persistedQueries: false,
    parseOptions: { maxTokens: LIMITS.tokens },
    validationRules: [limitDocument(options.credentialFields)],
    formatError,
    logger: options.log,
    // Cache control and traces would each be asked about every field; answers of ours are never cached.
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      reportErrors(options.log, options.metrics),
    ],
  });
}

/** Counts errors by code; logs those that nobody foresaw, with the request id that the client gets to see. */
function reportErrors(log: Log, metrics: Metrics): ApolloServerPlugin<GatewayContext> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue }) {
          for (const error of errors) {
            const code =
              knownError(error)?.code ?? error.extensions.code ?? AuthErrorCode.INTERNAL_SERVER_ERROR;
            metrics.errors.inc({ code: String(code) });
            if (code === AuthErrorCode.SERVICE_UNAVAILABLE) {
              log.warn({ err: error.originalError?.cause ?? error.originalError }, 'a part did not answer');
            }
            if (code !== AuthErrorCode.INTERNAL_SERVER_ERROR) continue;
            const { requestId } = contextValue;
            error.extensions.requestId = requestId;
            log.error({ err: error.originalError ?? error, requestId, path: error.path }, 'unexpected error');
          }
        },
      };
    },
  };
}
