import { AuthError, type AuthErrorCode } from '../../client/index.js';

const LATER = / Try again later\.$/;

/** A sentence for the user. The gateway writes most of them. */
export function wordsOf(error: unknown): string {
  if (error instanceof DOMException && error.name === 'NotAllowedError') {
    return 'No passkey was used: the request was cancelled or has expired.';
  }
  if (error instanceof DOMException && error.name === 'SecurityError') {
    return 'Passkeys do not work at this web address. Open the page at its usual name.';
  }
  if (!(error instanceof AuthError)) return 'This page does not work as it should. Reload it and try again.';
  const { code, message, retryAfter, requestId } = error;
  if (code === 'INTERNAL_SERVER_ERROR') {
    const report = requestId === undefined ? '' : ` Report this code if it happens again: ${requestId}`;
    return `Something went wrong. Try again later.${report}`;
  }
  if (code === 'TOKEN_INVALID') return 'The link has expired or was already used. Request a new one.';
  return retryAfter === undefined
    ? message
    : `${message.replace(LATER, '')} Try again in ${waitOf(retryAfter)}.`;
}

/** The message for each form field that the gateway refused. */
export function fieldErrorsOf(error: unknown): Record<string, string> {
  if (!(error instanceof AuthError)) return {};
  return Object.fromEntries(error.fieldErrors.map(({ field, message }) => [field, message]));
}

export const hasCode = (error: unknown, ...codes: readonly AuthErrorCode[]): error is AuthError =>
  error instanceof AuthError && codes.includes(error.code);

/** @param seconds from now */
function waitOf(seconds: number): string {
  const [count, unit] = seconds < 90 ? [Math.ceil(seconds), 'second'] : [Math.ceil(seconds / 60), 'minute'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
