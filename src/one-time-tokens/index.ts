export { OneTimeTokenStore } from './one-time-token.store.js';
export { MINUTES, type Purpose, purposeOf } from './purpose.js';
