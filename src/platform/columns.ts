import { type SQL, sql } from 'drizzle-orm';
import { type AnyPgColumn, customType } from 'drizzle-orm/pg-core';

/** Bytes; the two drivers hand them over as different kinds of arrays. */
export const bytea = customType<{ data: Buffer; driverData: Uint8Array }>({
  dataType: () => 'bytea',
  fromDriver: (bytes) => Buffer.from(bytes),
});

/**
 * Whether a column has one of these values, which are one parameter of the statement: Postgres takes 65,535 at
 * most. They travel as an array literal, which both drivers pass on and the planner sees through.
 * @param type of an element, as Postgres names it
 */
export function anyOf(column: AnyPgColumn, values: readonly string[], type: string): SQL {
  const elements = values.map((value) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`);
  return sql`${column} = ANY(${`{${elements.join(',')}}`}::${sql.raw(type)}[])`;
}
