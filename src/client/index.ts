export { AuthError } from './auth-error.js';
export { createAuthClient } from './client.js';
export type {
  AuthClient,
  AuthClientOptions,
  AuthErrorCode,
  AuthState,
  RefreshTokenStorage,
  Refusal,
  SignedOutReason,
  SignInInput,
  TwoFactorMethod,
  TypedDocument,
} from './types.js';
