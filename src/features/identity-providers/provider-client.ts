import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  customFetch,
  enableNonRepudiationChecks,
  fetchUserInfo,
  getJwksCache,
  type IDToken,
  type ServerMetadata,
  setJwksCache,
} from 'openid-client';
import type { Clock } from '../../platform/clock.js';
import { AuthErrorCode } from '../../platform/error.js';
import type { Log } from '../../platform/log.js';
import type { Tracer } from '../../platform/tracer.js';
import type { ProviderProfile, ProviderSettings } from './identity-provider.model.js';
import { hasAddress, readProfile } from './profile.js';
import { asRefusal, describeFault } from './provider-fault.js';
import { boundedFetch, isInsecure } from './provider-fetch.js';
import { ProviderMetadata } from './provider-metadata.js';

/** For all requests of one operation together, so that the gateway answers within five seconds. */
const TIMEOUT_MS = 4500;
/**
 * The library reads the key set again for an unknown key only if the set has this age. So a cached set gets this age,
 * and the first token of a new key already works.
 */
const RENEWABLE_AGE_SECONDS = 60;

/** What the gateway sends to the provider at the start of a sign-in, and expects at its end. */
export interface FlowSecrets {
  readonly state: string;
  readonly nonce: string;
  /** The PKCE verifier of the gateway. The provider gets its hash first (RFC 7636). */
  readonly codeVerifier: string;
}

/** Speaks with one provider. Keeps its metadata and its keys in memory. */
export class ProviderClient {
  readonly #metadata: ProviderMetadata;
  #keySet: ReturnType<typeof getJwksCache>;

  constructor(
    readonly settings: ProviderSettings,
    /** Where the provider sends the browser to. It must be registered at the provider. */
    readonly redirectUri: string,
    clock: Clock,
    readonly log: Log,
    readonly tracer: Tracer,
  ) {
    this.#metadata = new ProviderMetadata(settings, TIMEOUT_MS, clock, log, tracer);
  }

  /**
   * The URL at the provider to send the browser to.
   * @throws AuthError SERVICE_UNAVAILABLE
   */
  authorizationUrl({ state, nonce }: FlowSecrets, codeChallenge: string): Promise<string> {
    return this.#guard(async () => {
      const configuration = this.#configure(await this.#metadata.get());
      return buildAuthorizationUrl(configuration, {
        redirect_uri: this.redirectUri,
        scope: this.settings.scopes.join(' '),
        state,
        nonce,
        code_challenge: codeChallenge,
        code_challenge_method: 'S256',
      }).href;
    });
  }

  /**
   * Checks the callback, exchanges its code, and checks the ID token: signature, issuer, audience, nonce and expiry.
   * @param query the query of the callback
   * @throws AuthError UNAUTHENTICATED if the person did not sign in at the provider; TOKEN_INVALID if the callback is
   *   forged; SERVICE_UNAVAILABLE
   */
  exchange(query: string, { state, nonce, codeVerifier }: FlowSecrets): Promise<ProviderProfile> {
    return this.#guard(async (deadline) => {
      const metadata = await this.#metadata.get();
      const configuration = this.#configure(metadata, deadline);
      const callback = new URL(this.redirectUri);
      callback.search = query;
      const tokens = await authorizationCodeGrant(configuration, callback, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
      });
      this.#keySet = getJwksCache(configuration);
      const claims = tokens.claims() as IDToken;
      // Claims of scopes may come from the UserInfo endpoint only (OpenID Connect Core §5.4).
      if (hasAddress(claims) || metadata.userinfo_endpoint === undefined) return readProfile(claims);
      return readProfile(claims, await fetchUserInfo(configuration, tokens.access_token, claims.sub));
    });
  }

  /** Turns every failure into an error for the client, and logs those that the operator must know of. */
  async #guard<T>(work: (deadline: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await work(AbortSignal.timeout(TIMEOUT_MS));
    } catch (error) {
      const refusal = asRefusal(error);
      if (refusal.code === AuthErrorCode.SERVICE_UNAVAILABLE) {
        // Outdated keys may be the reason. The next sign-in reads them again.
        this.#keySet = undefined;
        this.log.warn({ provider: this.settings.id, ...describeFault(error) }, 'an identity provider failed');
      }
      throw refusal;
    }
  }

  /** A configuration for one operation, whose requests share a deadline. */
  #configure(metadata: ServerMetadata, deadline?: AbortSignal): Configuration {
    const { clientId, clientSecret, issuer } = this.settings;
    const authentication = clientAuthentication(metadata, clientSecret);
    const configuration = new Configuration(metadata, clientId, undefined, authentication);
    if (deadline !== undefined) configuration[customFetch] = boundedFetch(issuer, deadline, this.tracer);
    if (isInsecure(issuer)) allowInsecureRequests(configuration);
    // Without this, the library does not check the signature of an ID token from the token endpoint.
    enableNonRepudiationChecks(configuration);
    if (this.#keySet !== undefined) {
      const { jwks, uat } = this.#keySet;
      const renewable = Math.floor(Date.now() / 1000) - RENEWABLE_AGE_SECONDS;
      setJwksCache(configuration, { jwks, uat: Math.min(uat, renewable) });
    }
    return configuration;
  }
}

/** `client_secret_basic` is the default of OpenID Connect Discovery §3. */
function clientAuthentication(metadata: ServerMetadata, secret: string): ClientAuth {
  const supported = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  return supported.includes('client_secret_basic') ? ClientSecretBasic(secret) : ClientSecretPost(secret);
}
