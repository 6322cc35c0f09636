/**
 * The codes with which the gateway closes a socket. 4400 to 4499 are those of graphql-transport-ws, in the sense of the
 * HTTP status codes.
 */
export const CLOSE = {
  goingAway: 1001,
  unsupportedData: 1003,
  /** The database is unavailable. Clients connect again. */
  tryAgainLater: 1013,
  invalidMessage: 4400,
  unauthorized: 4401,
  sessionEnded: 4403,
  tooMany: 4429,
  internalError: 4500,
} as const;

export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE];

/** Thrown to close a socket. */
export class SocketClosed extends Error {
  override readonly name = 'SocketClosed';

  constructor(
    readonly code: CloseCode,
    /** Sent to the client: at most 123 bytes (RFC 6455 §5.5). */
    readonly reason: string,
  ) {
    super(reason);
  }
}
