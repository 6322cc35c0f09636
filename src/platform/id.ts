const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a value is a well-formed id. Postgres would fail on any other. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}
