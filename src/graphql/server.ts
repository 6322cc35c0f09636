import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLSchema } from 'graphql';
import type { Log } from '../platform/log.js';
import type { GatewayContext } from './context.js';
import { LIMITS, limitDocument } from './limits.js';
import { formatError } from './masking.js';
import { requestChecks } from './request-checks.js';
import { MAX_ERRORS, type ReportErrors, reportRequests } from './request-report.js';

export interface ServerOptions {
  readonly schema: GraphQLSchema;
  readonly credentialFields: ReadonlySet<string>;
  readonly introspection: boolean;
  readonly log: Log;
  readonly reportErrors: ReportErrors;
}

/** Apollo Server with our limits, error masking and request reports. */
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
    // Attack: graphql-js counts the lines before each error, and a document can have 100,000 lines.
    validationOptions: { maxErrors: MAX_ERRORS.notExecuted },
    executionOptions: { maxCoercionErrors: MAX_ERRORS.notExecuted },
    validationRules: [limitDocument(options.credentialFields, 'http')],
    formatError,
    logger: options.log,
    // Cache control and inline traces cost time for every field, and no answer is cached.
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      requestChecks(options.schema),
      reportRequests(options.schema, options.log, options.reportErrors),
    ],
  });
}
