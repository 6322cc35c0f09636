import { type Exchange, makeOperation, mapExchange } from '@urql/core';
import type { AuthClient } from './types.js';

/**
 * An exchange for `@urql/core`, directly before the `fetchExchange`: its requests use the `fetch` of the client. A `fetch`
 * of your own goes into the options of `createAuthClient`.
 */
export function authExchange(client: AuthClient): Exchange {
  return mapExchange({
    onOperation: (operation) =>
      makeOperation(operation.kind, operation, { ...operation.context, fetch: client.fetch }),
  });
}
