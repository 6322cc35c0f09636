export {
  AccessTokenExpired,
  AccessTokenInvalid,
  type AccessTokenOptions,
  AccessTokens,
  type CheckedToken,
} from './access-token.js';
export { SigningKeyStore } from './signing-key.store.js';
export { type KeyOptions, SigningKeys } from './signing-keys.js';
