import { GraphQLScalarType } from 'graphql';
import { GraphQLDateTimeISO } from 'graphql-scalars';

/** The scalar of graphql-scalars, which prints dates in UTC, with our description. */
export const DateTimeISO = new GraphQLScalarType({
  ...GraphQLDateTimeISO.toConfig(),
  description:
    'A date and time as RFC 3339 text. Answers are in UTC with milliseconds, such as 2026-01-31T10:15:30.000Z; input may have any offset.',
});
