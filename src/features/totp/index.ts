import type { Feature } from '../../graphql/feature.js';
import { Keyring } from '../../platform/keyring.js';
import type { Factor } from '../second-factors/index.js';
import { deleteExpiredSetups } from './delete-expired.js';
import type { TotpDeps } from './deps.js';
import { TotpFactor } from './totp.factor.js';
import { TotpResolver } from './totp.resolver.js';
import { TotpStore } from './totp.store.js';

export interface TotpOptions extends Omit<TotpDeps, 'store' | 'cipher'> {
  readonly encryptionSecrets: readonly string[];
}

export interface Totp {
  readonly factor: Factor;
  readonly feature: Feature;
}

export function createTotp({ encryptionSecrets, ...shared }: TotpOptions): Totp {
  const store = new TotpStore();
  const deps: TotpDeps = { ...shared, store, cipher: new Keyring(encryptionSecrets, 'totp') };
  return {
    factor: new TotpFactor(deps),
    feature: {
      resolvers: [new TotpResolver(deps)],
      maintenance: [{ name: 'expired two-factor setups', run: () => deleteExpiredSetups(deps) }],
    },
  };
}
