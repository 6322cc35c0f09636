import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError, Kind } from 'graphql';
import { isTemporaryDatabaseError } from '../platform/database.js';
import { AuthError, AuthErrorCode, badInput, unavailable } from '../platform/error.js';
import { LIMITS } from './limits.js';

/** `retryAfter` in seconds if the database is unavailable. */
const RETRY_AFTER = 5;

/** In UTF-16 units. */
const MAX_MESSAGE_LENGTH = 300;

/** Errors of requests that are not executed keep Apollo's codes. Messages that quote values or long text are replaced. */
const NOT_EXECUTED: Readonly<Record<string, (formatted: GraphQLFormattedError, error: unknown) => Masked>> = {
  // graphql-js quotes the text that it cannot parse. The answer has its location instead.
  GRAPHQL_PARSE_FAILED: () =>
    masked(
      'GRAPHQL_PARSE_FAILED',
      `The document is not valid GraphQL, or has more than ${LIMITS.tokens} tokens.`,
    ),
  GRAPHQL_VALIDATION_FAILED: ({ message }, error) =>
    masked('GRAPHQL_VALIDATION_FAILED', isAbout(LITERALS, error) ? UNFIT_VALUE : message),
  BAD_REQUEST: ({ message }) => masked('BAD_REQUEST', message),
  // Apollo quotes the operation name that it does not find.
  OPERATION_RESOLUTION_FAILURE: () =>
    masked('BAD_REQUEST', 'Set operationName to the name of an operation in the document.'),
  PERSISTED_QUERY_NOT_SUPPORTED: ({ message }) => masked('BAD_REQUEST', message),
};

const UNEXPECTED = new AuthError(AuthErrorCode.INTERNAL_SERVER_ERROR);

const UNFIT_VALUE =
  'A value in the document does not fit its type, or an input field is missing or unknown. Compare it with the schema.';

type Masked = { readonly code: string; readonly message: string };

const masked = (code: string, message: string): Masked => ({
  code,
  message: message.slice(0, MAX_MESSAGE_LENGTH),
});

/** The error as the client may see it. Undefined if the client may see only a request id. */
export function knownError(error: unknown): AuthError | undefined {
  const unwrapped = unwrapResolverError(error);
  // Apollo also wraps errors that a plugin throws before the execution.
  const inner = unwrapped instanceof GraphQLError ? unwrapped.originalError : undefined;
  const original = inner === undefined || inner instanceof GraphQLError ? unwrapped : inner;
  if (original instanceof AuthError) return original;
  if (isTemporaryDatabaseError(original)) return unavailable(RETRY_AFTER, original);
  return isAbout(VALUES, original) ? unfitArgument(original) : undefined;
}

/**
 * The only place that decides which errors leave the process: our own, Apollo's for requests that are not executed, and
 * a request id for all others.
 *
 * Attack: error messages of graphql-js quote the request. A regular expression over such a message can take 25 s, so none
 * is used here.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const { locations, path } = formatted;
  const place = { ...(locations && { locations }), ...(path && { path }) };
  const mask = NOT_EXECUTED[String(formatted.extensions?.code)];
  if (mask !== undefined) {
    const { code, message } = mask(formatted, error);
    return { message, ...place, extensions: { code } };
  }
  const known = knownError(error);
  if (known !== undefined) {
    return { message: known.message, ...place, extensions: { code: known.code, ...known.details } };
  }
  const requestId = (error as { extensions?: { requestId?: unknown } }).extensions?.requestId;
  return {
    message: UNEXPECTED.message,
    ...place,
    extensions: { code: AuthErrorCode.INTERNAL_SERVER_ERROR, requestId },
  };
}

const LITERALS: ReadonlySet<string> = new Set([
  Kind.INT,
  Kind.FLOAT,
  Kind.STRING,
  Kind.BOOLEAN,
  Kind.NULL,
  Kind.ENUM,
  Kind.LIST,
  Kind.OBJECT,
  Kind.OBJECT_FIELD,
]);
const VALUES: ReadonlySet<string> = new Set([...LITERALS, Kind.VARIABLE, Kind.VARIABLE_DEFINITION]);

/** graphql-js quotes the value if the first node of an error is a value. It may be a password. */
function isAbout(kinds: ReadonlySet<string>, error: unknown): error is GraphQLError {
  return error instanceof GraphQLError && kinds.has(error.nodes?.[0]?.kind ?? '');
}

/** graphql-js finds some unfit arguments only when it executes the field, such as a null variable in a list. */
function unfitArgument({ nodes }: GraphQLError): AuthError {
  const node = nodes?.[0];
  const variable =
    node?.kind === Kind.VARIABLE_DEFINITION
      ? node.variable.name.value
      : node?.kind === Kind.VARIABLE
        ? node.name.value
        : 'input';
  return badInput({
    field: variable.slice(0, 100),
    message: 'Is missing or does not fit its type. Compare it with the schema.',
  });
}
