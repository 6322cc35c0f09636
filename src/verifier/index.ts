export { TokenError, type TokenErrorReason } from './token-error.js';
export type { Caller, Role, Verifier, VerifierOptions } from './types.js';
export { createVerifier } from './verifier.js';
