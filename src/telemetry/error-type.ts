import { codesOf } from '../platform/database.js';
import { AuthError, AuthErrorCode } from '../platform/error.js';

/** Codes for which the gateway or its environment is responsible, not the client. */
const FAULTS: readonly string[] = [AuthErrorCode.INTERNAL_SERVER_ERROR, AuthErrorCode.SERVICE_UNAVAILABLE];

const REFUSALS: ReadonlySet<string> = new Set(
  Object.values(AuthErrorCode).filter((code) => !FAULTS.includes(code)),
);

/** Whether the gateway did what it should, and refused the request. */
export const isRefusal = (type: string): boolean =>
  REFUSALS.has(type) || /^(BAD_REQUEST|GRAPHQL_)/.test(type);

/** Codes and class names of libraries. Anything else could be text of a client. */
const IDENTIFIER = /^[A-Za-z0-9_.-]{1,64}$/;

/** The code or class of an error. Its message may contain the values of a statement, such as an address. */
export function errorType(error: unknown): string {
  if (error instanceof AuthError) return error.code;
  if (!(error instanceof Error)) return 'unknown';
  const [found = 'unknown'] = [...codesOf(error), error.name].filter((code) => IDENTIFIER.test(code));
  return found;
}
