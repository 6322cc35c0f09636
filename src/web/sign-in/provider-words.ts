import { AuthError, type AuthErrorCode } from '../../client/index.js';
import { wordsOf } from '../kit/errors.js';

/** In the address of the page is only a code. */
const WORDS: Partial<Record<AuthErrorCode, string>> = {
  UNAUTHENTICATED: 'The sign-in was cancelled, or your session has ended.',
  ACCOUNT_EXISTS:
    'An account has this email address, or is linked with this identity, already. Sign in to that account another way; then link the provider in it.',
  TOKEN_INVALID: 'The sign-in took too long, or began in another tab. Start again.',
  SERVICE_UNAVAILABLE: 'The provider does not answer. Try again later, or sign in another way.',
  FORBIDDEN: 'Your account at the provider is not admitted here.',
  EMAIL_NOT_VERIFIED:
    'Your email address is not verified. Verify it at the provider, or by the link in our mail, and try again.',
  ACCOUNT_DISABLED: 'The account is deactivated. Contact support.',
  INTERNAL_SERVER_ERROR: 'Something went wrong. Try again later.',
};

/** Why a sign-in by an identity provider has failed. */
export function providerWords(error: unknown): string {
  const words = error instanceof AuthError ? WORDS[error.code] : undefined;
  return words ?? wordsOf(error);
}
