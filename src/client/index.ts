export { AuthError } from './auth-error.js';
export { createAuthClient } from './client.js';
export type {
  AuthClient,
  AuthClientOptions,
  AuthErrorCode,
  AuthState,
  RefreshTokenStorage,
  SignedOutReason,
  SignInInput,
  TwoFactorMethod,
} from './types.js';
