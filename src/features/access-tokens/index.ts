import type { Feature } from '../../graphql/feature.js';
import type { Clock } from '../../platform/clock.js';
import type { Database } from '../../platform/database.js';
import type { Log } from '../../platform/log.js';
import { type AccessTokenOptions, AccessTokens } from './access-token.js';
import { serveKeys } from './jwks.route.js';
import { SigningKeyStore } from './signing-key.store.js';
import { type KeyOptions, SigningKeys } from './signing-keys.js';

export { AccessTokenExpired, AccessTokenInvalid, AccessTokens, type VerifiedToken } from './access-token.js';

export interface AccessTokenDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly keys: KeyOptions;
  readonly options: AccessTokenOptions;
}

/** Signs and verifies access tokens, and publishes the keys. */
export function createAccessTokens({ db, clock, log, keys, options }: AccessTokenDeps) {
  const signingKeys = new SigningKeys(new SigningKeyStore(db), keys, log);
  const feature: Feature = {
    maintenance: [{ name: 'signing keys', run: () => signingKeys.rotate() }],
    routes: (app) => serveKeys(app, signingKeys),
    start: () => signingKeys.start(),
    close: () => signingKeys.stop(),
  };
  return { accessTokens: new AccessTokens(signingKeys, options, clock), feature };
}
