import { keepPreviousData, QueryClient, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { AuthError, type TypedDocument } from '../../client/index.js';
import { hasCode } from './errors.js';
import { request } from './request.js';

/** The client renews tokens itself, so a retry helps only if the gateway was not available. */
const RETRIES = 2;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5000,
      // Without a network the page must say so, not wait.
      networkMode: 'always',
      retry: (failures, error) => failures < RETRIES && hasCode(error, 'SERVICE_UNAVAILABLE'),
      retryDelay: (failures, error) =>
        1000 * ((error instanceof AuthError && error.retryAfter) || 2 ** failures),
    },
  },
});

const optionsOf = <T, V>(document: TypedDocument<T, V>, variables: V) => ({
  queryKey: [String(document), variables] as const,
  queryFn: () => request(document, variables),
});

/** The result of a query; while variables change, the result before. */
export function useOperation<T, V>(document: TypedDocument<T, V>, variables: NoInfer<V>) {
  return useQuery({ ...optionsOf(document, variables), placeholderData: keepPreviousData });
}

/** The result of a query that the page cannot be shown without. Suspends; errors go to the error boundary. */
export function useLoaded<T, V>(document: TypedDocument<T, V>, variables: NoInfer<V>): T {
  return useSuspenseQuery(optionsOf(document, variables)).data;
}

/** Loads the result of a query again, or of all queries, after a change. */
export function reload(document?: TypedDocument<unknown, never>): Promise<void> {
  return queries.invalidateQueries(document === undefined ? undefined : { queryKey: [String(document)] });
}
