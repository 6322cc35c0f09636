import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { isDatabaseUnavailable } from '../platform/database.js';
import { AuthError, AuthErrorCode, badInput, unavailable } from '../platform/error.js';

/** Requests that never run keep Apollo's codes; what graphql-js says of them is about the document alone. */
const NEVER_RAN = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_REQUEST']);
/** Others of Apollo's, for requests that cannot be run as they stand. */
const CANNOT_RUN = new Set(['OPERATION_RESOLUTION_FAILURE', 'PERSISTED_QUERY_NOT_SUPPORTED']);

/** Seconds after which it makes sense to ask a database again that was away. */
const RETRY_AFTER = 5;

/**
 * What an error is to the client: an `AuthError`, or undefined for what it must not learn about.
 */
export function knownError(error: unknown): AuthError | undefined {
  const original = unwrapResolverError(error);
  if (original instanceof AuthError) return original;
  if (isDatabaseUnavailable(original)) return unavailable(RETRY_AFTER, original);
  if (error instanceof GraphQLError && error.extensions.code === 'BAD_USER_INPUT')
    return coercionError(error);
  return undefined;
}

/**
 * The one place that decides what leaves the process: our own errors, Apollo's about requests that never ran,
 * and for all else a request id.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const { locations, path } = formatted;
  const where = { ...(locations && { locations }), ...(path && { path }) };
  const known = knownError(error);
  if (known !== undefined) {
    return { message: known.message, ...where, extensions: { code: known.code, ...known.details } };
  }
  const code = String(formatted.extensions?.code);
  if (CANNOT_RUN.has(code))
    return { message: formatted.message, ...where, extensions: { code: 'BAD_REQUEST' } };
  if (NEVER_RAN.has(code))
    return { message: withoutValues(formatted.message), ...where, extensions: { code } };
  const requestId = (error as { extensions?: { requestId?: unknown } }).extensions?.requestId;
  return {
    message: 'Something went wrong.',
    ...where,
    extensions: { code: AuthErrorCode.INTERNAL_SERVER_ERROR, requestId },
  };
}

/**
 * graphql-js quotes the literal that does not fit, which may be a password, as in `String cannot represent a
 * non string value: 1`, `Expected value of type "Int", found "x".` or `Value "x" does not exist in "Role" enum.`
 */
function withoutValues(message: string): string {
  return message
    .replace(/(cannot represent [^:]*): .*$/s, '$1.')
    .replace(/, found .*$/s, '.')
    .replace(/^Value ".*" does not exist/s, 'The value does not exist');
}

/**
 * A variable of the wrong type. graphql-js quotes the value, which may be a password: only the path is kept
 * of its text, as in `… got invalid value 1 at "input.password"; …`.
 */
function coercionError(error: GraphQLError): AuthError {
  const path = / at "([^"]+)"; (?!.* at ")/s.exec(error.message)?.[1];
  const variable = /^Variable "\$([A-Za-z0-9_]+)"/.exec(error.message)?.[1];
  const field = path?.replace(/^[^.]+\./, '') ?? variable ?? 'input';
  return badInput({ field, message: 'Is missing, unknown or of the wrong type.' });
}
