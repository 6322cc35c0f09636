import { AuthError, type AuthErrorCode } from '../../client/index.js';
import { wordsOf } from '../kit/errors.js';

/** The address of the page contains only a code. */
const WORDS: Partial<Record<AuthErrorCode, string>> = {
  UNAUTHENTICATED: 'The sign-in was cancelled, or your session has ended.',
  ACCOUNT_EXISTS:
    'There is already an account with this email address. Sign in to it another way, then link the provider on your account page.',
  TOKEN_INVALID: 'The sign-in took too long, or began in another tab. Start again.',
  SERVICE_UNAVAILABLE: 'The provider does not answer. Try again later, or sign in another way.',
  FORBIDDEN: 'You cannot sign in here with your account at the provider.',
  EMAIL_NOT_VERIFIED:
    'Your email address is not verified. Verify it at the provider, or by the link in our email, and try again.',
  ACCOUNT_DISABLED: 'The account is deactivated. Contact support.',
  INTERNAL_SERVER_ERROR: 'Something went wrong. Try again later.',
};

/** Why a sign-in by an identity provider has failed. */
export function providerWords(error: unknown): string {
  const words = error instanceof AuthError ? WORDS[error.code] : undefined;
  return words ?? wordsOf(error);
}
