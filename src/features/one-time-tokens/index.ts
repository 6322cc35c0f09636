export { OneTimeTokenStore } from './one-time-token.store.js';
export { proveAddress } from './prove-address.js';
export { MINUTES, type Purpose, purposeOf } from './purpose.js';
export { redeemToken } from './redeem-token.js';
export { voidOutstanding } from './void-outstanding.js';
