import type { ApolloServerPlugin } from '@apollo/server';
import {
  type ASTNode,
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import type { GatewayContext } from './context.js';
import { costLimit } from './cost.js';
import { type Variables, variableFaults } from './variables.js';

/** Returns the first fault of the variables, or of the cost. */
export type CheckRequest = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
  context: GatewayContext,
) => Promise<GraphQLError | undefined>;

/** The checks that need the variables. They run after the validation and before the execution. */
export function requestCheck(schema: GraphQLSchema): CheckRequest {
  const checkCost = costLimit(schema);
  return async (document, operation, variables, context) => {
    const faults = variableFaults(schema, operation, variables);
    if (faults !== undefined) {
      return new GraphQLError(faults.message, {
        originalError: faults,
        extensions: { code: faults.code, http: { status: 400 } },
      });
    }
    return checkCost(document, operation, variables, context);
  };
}

/** Runs the checks in Apollo Server. */
export function requestChecks(schema: GraphQLSchema): ApolloServerPlugin<GatewayContext> {
  const check = requestCheck(schema);
  return {
    async requestDidStart() {
      return {
        async validationDidStart({ document }) {
          return async (errors) => {
            if (errors === undefined) dropLocations(document);
          };
        },
        async didResolveOperation({ document, operation, request: { variables = {} }, contextValue }) {
          if (operation === undefined) return;
          const refusal = await check(document, operation, variables, contextValue);
          if (refusal !== undefined) throw refusal;
        },
      };
    },
  };
}

/**
 * Attack: for each error of a field, graphql-js counts the lines before the field: 2 ms if there are 95,000 empty lines.
 * A hundred representations with fields that the caller may not see give thousands of errors. So errors of the execution
 * have a path and no location.
 */
function dropLocations(document: DocumentNode): void {
  visit(document, {
    enter(node: ASTNode & { loc?: unknown }) {
      delete node.loc;
    },
  });
}
