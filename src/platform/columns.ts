import { type SQL, sql } from 'drizzle-orm';
import { type AnyPgColumn, customType } from 'drizzle-orm/pg-core';

/** Bytes; the two drivers hand them over as different kinds of arrays. */
export const bytea = customType<{ data: Buffer; driverData: Uint8Array }>({
  dataType: () => 'bytea',
  fromDriver: (bytes) => Buffer.from(bytes),
});

/**
 * Whether a column has one of these values, which are one parameter of the statement: Postgres takes 65,535 at
 * most, and prepares one statement for any number of values.
 * @param type of an element, as Postgres names it
 */
export function anyOf(
  column: AnyPgColumn,
  values: readonly string[],
  type: 'text' | 'uuid' | (string & {}),
): SQL {
  return sql`${column} = ANY(${sql.param([...values])}::${sql.raw(type)}[])`;
}
