import type { Refusal } from './types.js';

/** An error of a GraphQL answer, of the gateway or of another service. */
export interface GraphQLFault {
  readonly extensions?: { readonly code?: unknown; readonly reason?: unknown } | undefined;
}

/**
 * Looks for UNAUTHENTICATED with a reason in the errors of a GraphQL answer. Without a reason it is not an answer of the
 * gateway, and says nothing about the session.
 */
export function refusalInErrors(errors: readonly GraphQLFault[] | undefined): Refusal | undefined {
  for (const { extensions } of errors ?? []) {
    if (extensions?.code !== 'UNAUTHENTICATED' || !extensions.reason) continue;
    const isRevoked = extensions.reason === 'SESSION_REVOKED';
    return {
      isExpiry: extensions.reason === 'TOKEN_EXPIRED',
      signsOut: isRevoked ? 'revoked' : 'expired',
    };
  }
  return undefined;
}

/**
 * Looks for RFC 6750 §3: status 401 with `WWW-Authenticate: Bearer error="invalid_token"`. A new token can help. If it does
 * not, nobody is signed out: the gateway has just confirmed the session, so the service is wrong.
 */
export function refusalInHeaders({ status, headers }: Pick<Response, 'status' | 'headers'>) {
  const isChallenge =
    status === 401 && /^bearer\b.*\berror="?invalid_token/i.test(headers.get('www-authenticate') ?? '');
  return isChallenge ? { isExpiry: true } : undefined;
}

/** Reads JSON answers only, and leaves the body of the response unread. */
export async function refusalInResponse(response: Response): Promise<Refusal | undefined> {
  const fromHeaders = refusalInHeaders(response);
  if (!/\bjson\b/.test(response.headers.get('content-type') ?? '')) return fromHeaders;
  const text = await response
    .clone()
    .text()
    .catch(() => '');
  if (!text.includes('UNAUTHENTICATED')) return fromHeaders;
  try {
    return refusalInErrors(JSON.parse(text).errors) ?? fromHeaders;
  } catch {
    return fromHeaders;
  }
}
