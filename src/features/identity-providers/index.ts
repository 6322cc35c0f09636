import type { Feature } from '../../graphql/feature.js';
import type { Clock } from '../../platform/clock.js';
import type { Database } from '../../platform/database.js';
import { Keyring } from '../../platform/keyring.js';
import type { Tracer } from '../../platform/tracer.js';
import type { SignInMethod } from '../sign-in/index.js';
import { callbackPath, serveCallbacks } from './callback.route.js';
import type { IdentityProviderDeps } from './deps.js';
import { IdentityStore } from './identity.store.js';
import type { ProviderSettings } from './identity-provider.model.js';
import {
  IdentityProviderResolver,
  IdentityProvidersResolver,
  UserIdentitiesResolver,
} from './identity-providers.resolver.js';
import { removeIdentities } from './link.js';
import { ProviderClient } from './provider-client.js';

export interface IdentityProvidersOptions
  extends Omit<IdentityProviderDeps, 'identities' | 'providers' | 'flowKeys'> {
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly settings: readonly ProviderSettings[];
  /** The public URL of the gateway. */
  readonly publicUrl: string;
  readonly secrets: readonly string[];
}

export interface IdentityProviders {
  readonly feature: Feature;
  readonly signInMethod: SignInMethod;
  /** See `removeIdentities`. */
  removeAll(tx: Database, userId: string): Promise<void>;
}

/** Sign-in by OpenID Connect providers (authorization code flow with PKCE). */
export function createIdentityProviders({
  settings,
  publicUrl,
  secrets,
  clock,
  tracer,
  ...shared
}: IdentityProvidersOptions): IdentityProviders {
  const identities = new IdentityStore(shared.db);
  const base = withoutTrailingSlash(publicUrl);
  const providers = new Map(
    settings.map((one) => [
      one.id,
      new ProviderClient(one, base + callbackPath(one.id), clock, shared.log, tracer),
    ]),
  );
  const flowKeys = new Keyring(secrets, 'identity providers');
  const deps: IdentityProviderDeps = { ...shared, identities, providers, flowKeys };
  // The claim `iss` may differ from the setting by a slash at the end.
  const issuers = settings
    .map(({ issuer }) => withoutTrailingSlash(issuer))
    .flatMap((one) => [one, `${one}/`]);
  return {
    removeAll: (tx, userId) => removeIdentities(deps, tx, userId),
    signInMethod: { isUsableBy: (tx, userId) => identities.hasAnyOf(tx, userId, issuers) },
    feature: {
      resolvers: [
        new IdentityProvidersResolver(deps),
        new IdentityProviderResolver(deps),
        new UserIdentitiesResolver(deps),
      ],
      routes: (app) => serveCallbacks(app, deps),
    },
  };
}

const withoutTrailingSlash = (url: string) => (url.endsWith('/') ? url.slice(0, -1) : url);
