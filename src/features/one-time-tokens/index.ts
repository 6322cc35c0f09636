export { invalidateTokens } from './invalidate-tokens.js';
export type { IssuedToken, Payload } from './one-time-token.model.js';
export { OneTimeTokenStore } from './one-time-token.store.js';
export { proveAddress } from './prove-address.js';
export { type Purpose, purposeOf, TOKEN_LIFETIME_MINUTES } from './purpose.js';
export { redeemToken } from './redeem-token.js';
