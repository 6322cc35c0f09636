import { AuthError, type Fault, unavailable } from './auth-error.js';
import type { TypedDocument } from './types.js';
import { withDeadline } from './wait.js';

/** The longest time for one request, and so for the lock that other tabs wait for. */
export const REQUEST_MS = 15_000;

export interface Gateway {
  /**
   * Runs an operation.
   * @throws AuthError
   */
  run<T, V>(
    document: TypedDocument<T, V>,
    variables: NoInfer<V>,
    options?: { token?: string | null; timeoutMs?: number },
  ): Promise<T>;
}

interface GatewayOptions {
  readonly url: string;
  readonly credentials: RequestCredentials;
  readonly fetch: typeof fetch;
  readonly closed: AbortSignal;
}

export function createGateway({ url, credentials, fetch, closed }: GatewayOptions): Gateway {
  return {
    async run(document, variables, { token, timeoutMs = REQUEST_MS } = {}) {
      const request: RequestInit = {
        method: 'POST',
        credentials,
        // A password must not follow a redirect to another address.
        redirect: 'error',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json, application/json',
          ...(token && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ query: document, variables }),
      };
      return withDeadline(timeoutMs, closed, async (signal) => {
        const response = await fetch(url, { ...request, signal }).catch((cause) => {
          // The token for the user could not be renewed.
          if (cause instanceof AuthError) throw cause;
          throw unavailable(
            closed.aborted ? 'The client is closed.' : 'The sign-in service is not available. Try again.',
            cause,
          );
        });
        return dataOf(response, await response.json().catch(() => undefined));
      });
    },
  };
}

interface Answer<T> {
  data?: T;
  errors?: { message: string; extensions?: Omit<Fault, 'message'> }[];
}

function dataOf<T>(response: Response, answer: Answer<T> | undefined): T {
  const error = answer?.errors?.[0];
  if (error) {
    throw new AuthError({ code: 'INTERNAL_SERVER_ERROR', ...error.extensions, message: error.message });
  }
  if (answer?.data) return answer.data;
  // A proxy answered, not the gateway.
  const retryAfter = Number(response.headers.get('retry-after'));
  throw new AuthError(
    {
      code: response.status === 429 ? 'RATE_LIMITED' : 'SERVICE_UNAVAILABLE',
      message: 'The sign-in service is not available. Try again.',
      ...(retryAfter > 0 && { retryAfter }),
    },
    { cause: new Error(`HTTP status ${response.status}`) },
  );
}
