/**
 * Whether an uncaught exception is a known bug of postgres.js 3.4: if a connection is lost during its handshake, the
 * driver writes to it from a timer, where nobody can catch the exception. The process can go on. Requests that wait for
 * the connection end with a timeout.
 */
export function isDriverFault(error: unknown): boolean {
  const [, place = ''] = (error instanceof TypeError ? (error.stack ?? '') : '').split('\n    at ');
  return place.includes('nextWrite') && place.includes('/postgres/src/connection.js');
}
