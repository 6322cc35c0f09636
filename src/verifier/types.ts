export type Role = 'CUSTOMER' | 'STAFF' | 'ADMIN';

export interface VerifierOptions {
  /** `JWT_ISSUER` of the gateway. */
  issuer: string;
  /** `JWT_AUDIENCE` of the gateway. */
  audience: string;
  /** Default: `${issuer}/.well-known/jwks.json`. */
  jwksUrl?: string;
  /** Default: `${issuer}/session-ends`. */
  feedUrl?: string;
  /** A token of `SERVICE_TOKENS` of the gateway. */
  serviceToken: string;
  /** Seconds without news of the gateway, after which sessions may have ended unnoticed. Default: 5. */
  maxStaleness?: number;
  /** What happens to valid tokens after `maxStaleness`. Default: 'refuse'. */
  onStale?: 'refuse' | 'accept';
  /** Verified tokens that are kept. Default: 10,000. */
  cacheSize?: number;
  /**
   * Called if the gateway cannot be reached or refuses. The verifier tries again by itself.
   * Default: a warning on the console, each message at most once a minute.
   */
  onError?: (error: Error) => void;
  /** Default: the global `fetch`. */
  fetch?: typeof fetch;
}

/** The user of a verified access token. */
export interface Caller {
  userId: string;
  sessionId: string;
  role: Role;
  scope: string[];
  /** When the user last authenticated in this session. */
  authenticatedAt: Date;
  /** The authentication methods that were used (RFC 8176). */
  amr: string[];
  /** From this time on the token is refused. */
  expiresAt: Date;
  /** The session may have ended: the verifier has not heard of the gateway for `maxStaleness`. */
  stale: boolean;
}

export interface Verifier {
  /**
   * Resolves when the keys are loaded, the first connection to the feed is made and its snapshot read. It waits for as
   * long as the gateway cannot be reached; `onError` says why.
   * @throws Error if the verifier is closed before
   */
  ready(): Promise<void>;
  /**
   * Verifies the access token of an `Authorization` header. Never waits for the network. Before `ready`, and after
   * `close`, nothing is known of sessions, so a token is STALE.
   * @throws TokenError
   */
  verify(authorization: string | undefined): Promise<Caller>;
  /** Seconds since the last beat. `Infinity` before the first one and after `close`. */
  readonly staleness: number;
  /** Closes the connection and stops all timers. An open verifier keeps the process running. */
  close(): void;
}
