import type { AuthErrorCode } from './generated/enums.js';

/** The `extensions` of a GraphQL error of the gateway. */
export interface Fault {
  readonly message: string;
  readonly code: AuthErrorCode;
  readonly fieldErrors?: readonly { readonly field: string; readonly message: string }[];
  /** Seconds. */
  readonly retryAfter?: number;
  readonly reason?: 'TOKEN_MISSING' | 'TOKEN_EXPIRED' | 'TOKEN_INVALID' | 'SESSION_REVOKED';
  readonly requestId?: string;
}

/**
 * The gateway refused an operation. The code is SERVICE_UNAVAILABLE too if the gateway cannot be reached or the answer is
 * not a GraphQL answer; `cause` then has the reason. A newer gateway can send codes that this version does not know.
 */
export class AuthError extends Error {
  override readonly name = 'AuthError';
  readonly code: AuthErrorCode;
  /** For BAD_USER_INPUT: the message for each input field. */
  readonly fieldErrors: readonly { readonly field: string; readonly message: string }[];
  /** Seconds after which a retry makes sense. */
  readonly retryAfter: number | undefined;
  /** For UNAUTHENTICATED. */
  readonly reason: Fault['reason'];
  /** For INTERNAL_SERVER_ERROR: the operator finds the log lines of the request by it. */
  readonly requestId: string | undefined;

  constructor(fault: Fault, options?: { cause?: unknown }) {
    super(fault.message, options);
    this.code = fault.code;
    this.fieldErrors = fault.fieldErrors ?? [];
    this.retryAfter = fault.retryAfter;
    this.reason = fault.reason;
    this.requestId = fault.requestId;
  }
}

export const unavailable = (message: string, cause?: unknown): AuthError =>
  new AuthError({ code: 'SERVICE_UNAVAILABLE', message }, { cause });

/** Whether the error says nothing about the session, so that a retry can succeed. */
export const isTransient = (error: unknown): error is AuthError =>
  error instanceof AuthError &&
  (error.code === 'SERVICE_UNAVAILABLE' ||
    error.code === 'RATE_LIMITED' ||
    error.code === 'INTERNAL_SERVER_ERROR');

/** Whether the error says that there is no session, or no longer. */
export const isRejection = (error: unknown): boolean =>
  error instanceof AuthError && (error.code === 'TOKEN_INVALID' || error.code === 'UNAUTHENTICATED');
