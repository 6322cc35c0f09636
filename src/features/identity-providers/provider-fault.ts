import { AuthorizationResponseError, ResponseBodyError } from 'openid-client';
import { AuthError, AuthErrorCode, unavailable } from '../../platform/error.js';

const RETRY_AFTER_SECONDS = 5;

/** The errors by which a provider says that the person did not sign in (RFC 6749 §4.1.2.1, OIDC Core §3.1.2.6). */
const DECLINED: ReadonlySet<string> = new Set([
  'access_denied',
  'login_required',
  'consent_required',
  'interaction_required',
  'account_selection_required',
]);

/** The error for the client, after any failure of a step at a provider. */
export function asRefusal(error: unknown): AuthError {
  if (error instanceof AuthError) return error;
  const cause = { cause: error };
  if (error instanceof AuthorizationResponseError && DECLINED.has(error.error)) {
    return new AuthError(AuthErrorCode.UNAUTHENTICATED, { reason: 'TOKEN_MISSING' }, cause);
  }
  // The code in the callback is forged, used or expired, or it belongs to another sign-in (PKCE).
  if (error instanceof ResponseBodyError && error.error === 'invalid_grant') {
    return new AuthError(AuthErrorCode.TOKEN_INVALID, {}, cause);
  }
  if (isForgedCallback(error)) return new AuthError(AuthErrorCode.TOKEN_INVALID, {}, cause);
  return unavailable(RETRY_AFTER_SECONDS, error);
}

/** The library puts the parameters of the callback into the cause if it refuses them: `iss` is missing or wrong (RFC 9207). */
function isForgedCallback(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { cause: found } = cause as { cause?: { parameters?: unknown } };
    if (found?.parameters instanceof URLSearchParams) return true;
  }
  return false;
}

/** The error code that the provider sent. It is logged only in the form of a code. */
export function describeFault(error: unknown): { readonly err: unknown; readonly reason?: string } {
  const sent =
    error instanceof ResponseBodyError || error instanceof AuthorizationResponseError
      ? error.error
      : undefined;
  return { err: error, ...(sent !== undefined && /^[\w.-]+$/.test(sent) && { reason: sent.slice(0, 64) }) };
}
