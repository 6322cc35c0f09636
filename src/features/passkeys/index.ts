import type { Feature } from '../../graphql/feature.js';
import type { UserCondition } from '../accounts/index.js';
import type { Factor } from '../second-factors/index.js';
import type { SignInMethod } from '../sign-in/index.js';
import type { PasskeyDeps } from './deps.js';
import { PasskeyStore, passkeyFor } from './passkey.store.js';
import { PasskeysFactor } from './passkeys.factor.js';
import { PasskeysResolver, UserPasskeysResolver } from './passkeys.resolver.js';

export interface Passkeys {
  readonly feature: Feature;
  readonly factor: Factor;
  readonly signInMethod: SignInMethod;
  /** The SQL condition that a user has a passkey. */
  readonly hasPasskeyFor: UserCondition;
}

/** Passkeys: WebAuthn credentials that sign a user in by themselves. */
export function createPasskeys(shared: Omit<PasskeyDeps, 'store'>): Passkeys {
  const store = new PasskeyStore(shared.db);
  const deps: PasskeyDeps = { ...shared, store };
  return {
    factor: new PasskeysFactor(deps),
    signInMethod: { isUsableBy: (tx, userId) => store.hasAny(tx, userId) },
    hasPasskeyFor: passkeyFor,
    feature: { resolvers: [new PasskeysResolver(deps), new UserPasskeysResolver(store)] },
  };
}
