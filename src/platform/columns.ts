import { type SQL, sql } from 'drizzle-orm';
import { type AnyPgColumn, customType, timestamp } from 'drizzle-orm/pg-core';

/** Binary data. The two drivers return different kinds of arrays. */
export const bytea = customType<{ data: Buffer; driverData: Uint8Array }>({
  dataType: () => 'bytea',
  fromDriver: (bytes) => Buffer.from(bytes),
});

/** A time in milliseconds, the precision of JavaScript, so that a stored time equals the time that was read. */
export const timestamptz = () => timestamp({ withTimezone: true, precision: 3 });

/**
 * The condition that a column has one of these values. They are one parameter, because Postgres accepts at most 65,535
 * in a statement. Both drivers pass on an array literal, and the planner can estimate it.
 * @param type the Postgres type of an element
 */
export function anyOf(column: AnyPgColumn, values: readonly string[], type: string): SQL {
  const elements = values.map((value) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`);
  return sql`${column} = ANY(${`{${elements.join(',')}}`}::${sql.raw(type)}[])`;
}
