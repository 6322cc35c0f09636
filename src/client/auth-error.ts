import type { AuthErrorCode } from './generated/enums.js';

/** The `extensions` of a GraphQL error of the gateway. */
export interface Fault {
  readonly message: string;
  readonly code: AuthErrorCode;
  readonly fieldErrors?: readonly { readonly field: string; readonly message: string }[];
  /** Seconds. */
  readonly retryAfter?: number;
  readonly reason?: 'TOKEN_MISSING' | 'TOKEN_EXPIRED' | 'TOKEN_INVALID' | 'SESSION_REVOKED';
  readonly methods?: readonly ('PASSWORD' | 'TOTP' | 'PASSKEY')[];
  readonly requestId?: string;
}

/**
 * The gateway refused an operation. The code is SERVICE_UNAVAILABLE too if the gateway cannot be reached or the answer is
 * not a GraphQL answer; `cause` then has the reason. A newer gateway can send codes that this version does not know.
 */
export class AuthError extends Error {
  override readonly name = 'AuthError';
  declare readonly code: AuthErrorCode;
  /** For BAD_USER_INPUT: the message for each input field. */
  declare readonly fieldErrors: readonly { readonly field: string; readonly message: string }[];
  /** Seconds after which a retry makes sense. */
  declare readonly retryAfter: number | undefined;
  /** For UNAUTHENTICATED. */
  declare readonly reason: Fault['reason'];
  /** For REAUTHENTICATION_REQUIRED: the ways to reauthenticate. */
  declare readonly methods: Fault['methods'];
  /** For INTERNAL_SERVER_ERROR: the operator finds the log lines of the request by it. */
  declare readonly requestId: string | undefined;

  constructor({ message, ...details }: Fault, options?: { cause?: unknown }) {
    super(message, options);
    Object.assign(this, { fieldErrors: [] }, details);
  }
}

export const unavailable = (message: string, cause?: unknown): AuthError =>
  new AuthError({ code: 'SERVICE_UNAVAILABLE', message }, { cause });

/** A sign-in of more than one step cannot go on. */
export const failedSignIn = (code: AuthErrorCode = 'TOKEN_INVALID'): AuthError =>
  new AuthError({ code, message: 'The sign-in failed. Try again.' });

/** A request of one user must not be sent with the token of another. */
export const changedUser = (): AuthError =>
  new AuthError({ code: 'UNAUTHENTICATED', message: 'Another user signed in.' });

/** Whether the error says nothing about the session, so that a retry can succeed. */
export const isTransient = (error: unknown): error is AuthError =>
  hasCode(error, 'SERVICE_UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL_SERVER_ERROR');

/** Whether the error says that there is no session, or no longer. */
export const isRejection = (error: unknown): boolean => hasCode(error, 'TOKEN_INVALID', 'UNAUTHENTICATED');

const hasCode = (error: unknown, ...codes: AuthErrorCode[]): boolean =>
  error instanceof AuthError && codes.includes(error.code);
