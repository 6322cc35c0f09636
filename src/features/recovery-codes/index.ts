import type { Feature } from '../../graphql/feature.js';
import type { Database } from '../../platform/database.js';
import type { Factor, SecondFactors } from '../second-factors/index.js';
import { RecoveryCodesFactor } from './recovery-codes.factor.js';
import { RecoveryCodesResolver } from './recovery-codes.resolver.js';
import { RecoveryCodeStore } from './recovery-codes.store.js';
import { replaceCodes } from './replace-codes.js';

export interface RecoveryCodes {
  readonly factor: Factor;
  readonly feature: Feature;
  /** See `replaceCodes`. */
  replace(tx: Database, userId: string): Promise<string[]>;
  /** See `RecoveryCodeStore.discard`. */
  discard(tx: Database, userIds: readonly string[]): Promise<void>;
}

export function createRecoveryCodes(secondFactors: SecondFactors): RecoveryCodes {
  const store = new RecoveryCodeStore();
  return {
    replace: (tx, userId) => replaceCodes(store, tx, userId),
    discard: (tx, userIds) => store.discard(tx, userIds, secondFactors.enabledFor),
    factor: new RecoveryCodesFactor(store),
    feature: {
      resolvers: [new RecoveryCodesResolver({ store, secondFactors })],
    },
  };
}
