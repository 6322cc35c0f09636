import { allowInsecureRequests, customFetch, discovery, type ServerMetadata } from 'openid-client';
import type { Clock } from '../../platform/clock.js';
import type { Log } from '../../platform/log.js';
import type { Tracer } from '../../platform/tracer.js';
import type { ProviderSettings } from './identity-provider.model.js';
import { describeFault } from './provider-fault.js';
import { boundedFetch, isInsecure, requireSafe } from './provider-fetch.js';

/** The metadata is read again after this time. Until that succeeds, the old metadata serves. */
const MAX_AGE_MS = 60 * 60 * 1000;
const ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const;

/** The metadata of a provider (OpenID Connect Discovery). Read at the first use, so that no provider delays the start. */
export class ProviderMetadata {
  #known: { readonly metadata: ServerMetadata; readonly readAt: number } | undefined;
  #reading: Promise<ServerMetadata> | undefined;

  constructor(
    readonly settings: ProviderSettings,
    readonly timeoutMs: number,
    readonly clock: Clock,
    readonly log: Log,
    readonly tracer: Tracer,
  ) {}

  /** @throws Error if the metadata is not known yet and cannot be read */
  async get(): Promise<ServerMetadata> {
    if (this.#known === undefined) return this.#read();
    const { metadata, readAt } = this.#known;
    if (this.clock.now() - readAt > MAX_AGE_MS) {
      this.#read().catch((error: unknown) => {
        const { id } = this.settings;
        this.log.warn(
          { provider: id, ...describeFault(error) },
          'cannot renew the metadata of an identity provider',
        );
      });
    }
    return metadata;
  }

  /** One request serves all that wait for it. */
  #read(): Promise<ServerMetadata> {
    this.#reading ??= this.#request()
      .then((metadata) => {
        this.#known = { metadata, readAt: this.clock.now() };
        return metadata;
      })
      .finally(() => {
        this.#reading = undefined;
      });
    return this.#reading;
  }

  async #request(): Promise<ServerMetadata> {
    const { issuer, clientId } = this.settings;
    const configuration = await discovery(new URL(issuer), clientId, undefined, undefined, {
      [customFetch]: boundedFetch(issuer, AbortSignal.timeout(this.timeoutMs), this.tracer),
      execute: isInsecure(issuer) ? [allowInsecureRequests] : [],
    });
    const metadata = configuration.serverMetadata();
    // The library makes an exception for some providers whose documents name another issuer.
    if (new URL(metadata.issuer).href !== new URL(issuer).href) {
      throw new TypeError('the metadata of the provider names another issuer');
    }
    for (const name of ENDPOINTS) requireSafe(issuer, new URL(String(metadata[name])));
    return metadata;
  }
}
