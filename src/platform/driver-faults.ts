/**
 * Whether an uncaught exception is a known fault of postgres.js 3.4: if a connection is lost during its handshake, the
 * driver still writes to it, from a timer where no caller can catch the exception. The connection is lost; the process
 * is sound, and the requests that wait for the connection are answered by their timeout.
 */
export function isDriverFault(error: unknown): boolean {
  const [, place = ''] = (error instanceof TypeError ? (error.stack ?? '') : '').split('\n    at ');
  return place.includes('nextWrite') && place.includes('/postgres/src/connection.js');
}
