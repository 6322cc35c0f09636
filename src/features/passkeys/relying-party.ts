import { domainOf } from '../../platform/domain.js';
import { isLoopbackAddress, isLoopbackHost } from '../../platform/loopback.js';
import type { RelyingParty } from './passkey.model.js';

/** Settings, parsed one by one. */
export interface RelyingPartySettings {
  readonly WEBAUTHN_RP_ID?: string | undefined;
  readonly WEBAUTHN_ORIGINS?: readonly string[] | undefined;
  readonly FRONTEND_URL?: string | undefined;
  readonly corsOrigins: readonly string[];
  /** The URL of the gateway itself. */
  readonly ownUrl: string;
}

interface Resolved extends RelyingParty {
  /** One line for each fault: the name of the setting and what it must be, not its value. */
  readonly faults: readonly string[];
}

/**
 * The relying party of the settings. A browser offers a passkey to pages at or below the RP ID, over https or on a
 * loopback host (WebAuthn L3 §5.1.2, §13.4.9). So faults in what the operator has set stop the start; of the defaults,
 * origins that cannot use the passkeys are left out.
 */
export function resolveRelyingParty(settings: RelyingPartySettings): Resolved {
  const { WEBAUTHN_RP_ID: typed, WEBAUTHN_ORIGINS: origins, FRONTEND_URL, corsOrigins, ownUrl } = settings;
  const id = typed ?? defaultId(FRONTEND_URL ?? ownUrl);
  if (origins !== undefined) return { id, origins, faults: faultsOf(origins, id) };
  const candidates = [...corsOrigins, new URL(ownUrl).origin].flatMap(withLocalhost);
  const usable = candidates.filter((origin) => isSecure(origin) && isWithin(origin, id));
  const isUseless = typed !== undefined && usable.length === 0;
  const fault = 'WEBAUTHN_ORIGINS must be set: no origin of CORS_ORIGINS is at or below WEBAUTHN_RP_ID';
  return { id, origins: [...new Set(usable)], faults: isUseless ? [fault] : [] };
}

function faultsOf(origins: readonly string[], id: string): string[] {
  const faults: string[] = [];
  if (!origins.every(isSecure)) {
    faults.push('WEBAUTHN_ORIGINS must be https:// origins, or http:// origins of a loopback host');
  }
  if (!origins.every((origin) => isWithin(origin, id))) {
    faults.push(
      'WEBAUTHN_ORIGINS must be at or below WEBAUTHN_RP_ID, which is the host of FRONTEND_URL by default',
    );
  }
  return faults;
}

/** The host of the site. An IP address is not an RP ID, so `localhost` stands for it in development. */
function defaultId(siteUrl: string): string {
  return domainOf(new URL(siteUrl).hostname) ?? 'localhost';
}

/** Whether the host of an origin is the RP ID or below it. A single label such as `com` has no hosts below it. */
function isWithin(origin: string, id: string): boolean {
  const { hostname } = new URL(origin);
  return hostname === id || (id.includes('.') && hostname.endsWith(`.${id}`));
}

/** WebAuthn needs a secure context: https, or a loopback host. */
function isSecure(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  return protocol === 'https:' || isLoopbackHost(hostname);
}

/** A page has to open the gateway as `localhost`, because an address cannot be an RP ID. */
function withLocalhost(origin: string): string[] {
  const url = new URL(origin);
  const isLocal = isLoopbackAddress(url.hostname) || ['0.0.0.0', '[::]'].includes(url.hostname);
  if (!isLocal) return [origin];
  url.hostname = 'localhost';
  return [origin, url.origin];
}
