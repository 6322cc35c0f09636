import { expect } from 'vitest';
import { AuthErrorCode } from '../generated/enums.js';
import type { GraphQLFault } from './client.js';
import type { Answer } from './http.js';

/** Codes that an attack may cause: all codes of the contract except INTERNAL_SERVER_ERROR, and Apollo's. */
const ALLOWED = new Set<unknown>([
  ...Object.values(AuthErrorCode).filter((code) => code !== 'INTERNAL_SERVER_ERROR'),
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_REQUEST',
]);

/** The error code of an answer, or `none`. Fails if the code is not in the contract. */
export function codeOf(errors: GraphQLFault[]): unknown {
  const codes = errors.map((error) => error.extensions?.code);
  for (const code of codes) expect(ALLOWED, JSON.stringify(errors)).toContain(code);
  for (const error of errors)
    expect(JSON.stringify(error)).not.toMatch(/stacktrace|node_modules|\bat .+:\d+:\d+/);
  return codes[0] ?? 'none';
}

/** The errors of a plain HTTP answer, which must be a GraphQL response for any request. */
export const errorsIn = (answer: Answer): GraphQLFault[] => {
  const { errors } = (answer.json ?? {}) as { errors?: GraphQLFault[] };
  expect(errors, `status ${answer.status}: ${answer.text.slice(0, 300)}`).toBeInstanceOf(Array);
  return errors ?? [];
};
