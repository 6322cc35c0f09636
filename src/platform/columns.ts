import { customType } from 'drizzle-orm/pg-core';

/** Bytes; the two drivers hand them over as different kinds of arrays. */
export const bytea = customType<{ data: Buffer; driverData: Uint8Array }>({
  dataType: () => 'bytea',
  fromDriver: (bytes) => Buffer.from(bytes),
});
