import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError, Kind } from 'graphql';
import { isDatabaseUnavailable } from '../platform/database.js';
import { AuthError, AuthErrorCode, badInput, unavailable } from '../platform/error.js';

/** Seconds after which it makes sense to ask a database again that was away. */
const RETRY_AFTER = 5;

/** UTF-16 units of an error's message. */
const MAX_MESSAGE_LENGTH = 300;

/** Requests that are not executed keep Apollo's codes. */
const NOT_EXECUTED: Readonly<Record<string, (formatted: GraphQLFormattedError, error: unknown) => Refusal>> =
  {
    // graphql-js quotes the text that it could not read: the answer gives only its place.
    GRAPHQL_PARSE_FAILED: () =>
      refusal('GRAPHQL_PARSE_FAILED', 'The document is not GraphQL, or is too long.'),
    GRAPHQL_VALIDATION_FAILED: ({ message }, error) =>
      refusal('GRAPHQL_VALIDATION_FAILED', isAbout(LITERALS, error) ? UNFIT_VALUE : message),
    BAD_REQUEST: ({ message }) => refusal('BAD_REQUEST', message),
    // Apollo quotes the name of the operation that it did not find.
    OPERATION_RESOLUTION_FAILURE: () =>
      refusal('BAD_REQUEST', 'Name the operation to execute; the document has to have it.'),
    PERSISTED_QUERY_NOT_SUPPORTED: ({ message }) => refusal('BAD_REQUEST', message),
  };

const UNFIT_VALUE = 'A value does not fit its type, or an input field is missing or does not exist.';

type Refusal = { readonly code: string; readonly message: string };

const refusal = (code: string, message: string): Refusal => ({
  code,
  message: message.slice(0, MAX_MESSAGE_LENGTH),
});

/**
 * What an error is to the client: an `AuthError`, or undefined for what it must not learn about.
 */
export function knownError(error: unknown): AuthError | undefined {
  const unwrapped = unwrapResolverError(error);
  // Apollo wraps what a check before the execution throws, too.
  const inner = unwrapped instanceof GraphQLError ? unwrapped.originalError : undefined;
  const original = inner === undefined || inner instanceof GraphQLError ? unwrapped : inner;
  if (original instanceof AuthError) return original;
  if (isDatabaseUnavailable(original)) return unavailable(RETRY_AFTER, original);
  return isAbout(VALUES, original) ? unfitArgument(original) : undefined;
}

/**
 * The one place that decides what leaves the process: our own errors, Apollo's about requests that are not
 * executed, and for all else a request id. It reads no text that carries the client's: a regular expression over
 * such a text has stopped the process for 25 s.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const { locations, path } = formatted;
  const where = { ...(locations && { locations }), ...(path && { path }) };
  const refuse = NOT_EXECUTED[String(formatted.extensions?.code)];
  if (refuse !== undefined) {
    const { code, message } = refuse(formatted, error);
    return { message, ...where, extensions: { code } };
  }
  const known = knownError(error);
  if (known !== undefined) {
    return { message: known.message, ...where, extensions: { code: known.code, ...known.details } };
  }
  const requestId = (error as { extensions?: { requestId?: unknown } }).extensions?.requestId;
  return {
    message: 'Something went wrong.',
    ...where,
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

/** graphql-js quotes values, which may be passwords, in errors whose first node is a value. */
function isAbout(kinds: ReadonlySet<string>, error: unknown): error is GraphQLError {
  return error instanceof GraphQLError && kinds.has(error.nodes?.[0]?.kind ?? '');
}

/** An argument that graphql-js found unfit only when it executed its field, as a variable that is null in a list. */
function unfitArgument({ nodes }: GraphQLError): AuthError {
  const node = nodes?.[0];
  const variable =
    node?.kind === Kind.VARIABLE_DEFINITION
      ? node.variable.name.value
      : node?.kind === Kind.VARIABLE
        ? node.name.value
        : 'input';
  return badInput({ field: variable.slice(0, 100), message: 'Is missing or does not fit its type.' });
}
