/** The values of `extensions.code`. Clients generate this enum from the schema. */
export enum AuthErrorCode {
  BAD_USER_INPUT = 'BAD_USER_INPUT',
  INVALID_CREDENTIALS = 'INVALID_CREDENTIALS',
  EMAIL_NOT_VERIFIED = 'EMAIL_NOT_VERIFIED',
  ACCOUNT_DISABLED = 'ACCOUNT_DISABLED',
  ACCOUNT_LOCKED = 'ACCOUNT_LOCKED',
  UNAUTHENTICATED = 'UNAUTHENTICATED',
  FORBIDDEN = 'FORBIDDEN',
  NOT_FOUND = 'NOT_FOUND',
  TOKEN_INVALID = 'TOKEN_INVALID',
  PASSWORD_REQUIRED = 'PASSWORD_REQUIRED',
  REAUTHENTICATION_REQUIRED = 'REAUTHENTICATION_REQUIRED',
  ACCOUNT_EXISTS = 'ACCOUNT_EXISTS',
  LAST_SIGN_IN_METHOD = 'LAST_SIGN_IN_METHOD',
  INVALID_TWO_FACTOR_CODE = 'INVALID_TWO_FACTOR_CODE',
  TWO_FACTOR_ALREADY_ENABLED = 'TWO_FACTOR_ALREADY_ENABLED',
  TWO_FACTOR_NOT_ENABLED = 'TWO_FACTOR_NOT_ENABLED',
  USERNAME_TAKEN = 'USERNAME_TAKEN',
  EMAIL_TAKEN = 'EMAIL_TAKEN',
  LAST_ADMIN = 'LAST_ADMIN',
  RATE_LIMITED = 'RATE_LIMITED',
  SERVICE_UNAVAILABLE = 'SERVICE_UNAVAILABLE',
  INTERNAL_SERVER_ERROR = 'INTERNAL_SERVER_ERROR',
}

/** Why a caller is not signed in. */
export type UnauthenticatedReason = 'TOKEN_MISSING' | 'TOKEN_EXPIRED' | 'TOKEN_INVALID' | 'SESSION_REVOKED';

/** A way to authenticate again in a session. */
export type ReauthenticationMethod = 'PASSWORD' | 'TOTP' | 'PASSKEY';

/** An input field that is not valid. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** The `extensions` of an error beside its code. */
export interface ErrorDetails {
  readonly fieldErrors?: readonly FieldError[];
  /** Whole seconds after which a retry makes sense. */
  readonly retryAfter?: number;
  readonly reason?: UnauthenticatedReason;
  /** The operation needs an authentication that is at most this many seconds old. */
  readonly maxAge?: number;
  /** The ways in which the user can authenticate again. */
  readonly methods?: readonly ReauthenticationMethod[];
}

const MESSAGES: Readonly<Record<AuthErrorCode, string>> = {
  BAD_USER_INPUT: 'The input is not valid.',
  INVALID_CREDENTIALS: 'The username, address, password or passkey is wrong.',
  EMAIL_NOT_VERIFIED: 'The email address is not verified. Open the link in the mail.',
  ACCOUNT_DISABLED: 'The account is deactivated. Contact support.',
  ACCOUNT_LOCKED: 'Too many wrong passwords or codes. Try again later.',
  UNAUTHENTICATED: 'Sign in to do this.',
  FORBIDDEN: 'You do not have permission to do this.',
  NOT_FOUND: 'Not found.',
  TOKEN_INVALID: 'The link or token is not valid, has expired or was already used. Request a new one.',
  PASSWORD_REQUIRED:
    'Several registrations wait for this address. Enter the password that you chose when you registered.',
  REAUTHENTICATION_REQUIRED: 'Confirm that it is you, then try again.',
  ACCOUNT_EXISTS:
    'Another account has this address or identity. Sign in to that account and link the identity provider there.',
  LAST_SIGN_IN_METHOD: 'No way to sign in would be left. Add another one first.',
  INVALID_TWO_FACTOR_CODE: 'The code or passkey is wrong, has expired or was already used.',
  TWO_FACTOR_ALREADY_ENABLED: 'Two-factor authentication is already on. Turn it off before a new setup.',
  TWO_FACTOR_NOT_ENABLED: 'Two-factor authentication is not on. Set it up first.',
  USERNAME_TAKEN: 'The username is taken. Choose another one.',
  EMAIL_TAKEN: 'The email address is taken.',
  LAST_ADMIN: 'This is the last active admin. Make another user an admin first.',
  RATE_LIMITED: 'Too many requests. Try again later.',
  SERVICE_UNAVAILABLE: 'The service is not available right now. Try again later.',
  INTERNAL_SERVER_ERROR: 'An unexpected error occurred. Report the request id to the operator.',
};

/** The error that use cases throw. The client gets the code, message and details; only the log has the cause. */
export class AuthError extends Error {
  override readonly name = 'AuthError';

  constructor(
    readonly code: AuthErrorCode,
    readonly details: ErrorDetails = {},
    options: { readonly cause?: unknown } = {},
  ) {
    super(MESSAGES[code], options);
  }
}

/** `BAD_USER_INPUT` with the fields that are not valid. */
export function badInput(...fieldErrors: readonly FieldError[]): AuthError {
  return new AuthError(AuthErrorCode.BAD_USER_INPUT, { fieldErrors });
}

/** `SERVICE_UNAVAILABLE`: the database does not answer, or a queue is full. */
export function unavailable(retryAfter: number, cause?: unknown): AuthError {
  return new AuthError(AuthErrorCode.SERVICE_UNAVAILABLE, { retryAfter }, { cause });
}

/** The gateway cannot start until the operator changes something. One line for each fault. */
export class StartupError extends Error {
  override readonly name: string = 'StartupError';

  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}
