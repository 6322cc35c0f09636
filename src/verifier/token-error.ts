export type TokenErrorReason =
  | 'TOKEN_MISSING'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_INVALID'
  | 'SESSION_REVOKED'
  | 'STALE';

const MESSAGES: Readonly<Record<TokenErrorReason, string>> = {
  TOKEN_MISSING: 'There is no access token. Send one in the header Authorization.',
  TOKEN_EXPIRED: 'The access token has expired. Refresh it.',
  TOKEN_INVALID: 'The access token is not valid. Sign in again.',
  SESSION_REVOKED: 'The session has ended. Sign in again.',
  STALE: 'It is not known whether the session still lives. Try again in a few seconds.',
};

/** Why a token was refused. STALE is a fault of the service (503), the other reasons are for the client (401). */
export class TokenError extends Error {
  override readonly name = 'TokenError';

  constructor(
    readonly reason: TokenErrorReason,
    options?: ErrorOptions,
  ) {
    super(MESSAGES[reason], options);
  }
}
