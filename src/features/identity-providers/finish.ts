import type { Actor } from '../../platform/actor.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { Challenge } from '../second-factors/index.js';
import type { SessionTokens, TokenDelivery } from '../sessions/index.js';
import type { CompletedSignIn } from '../sign-in/index.js';
import type { IdentityProviderDeps } from './deps.js';
import { consumeCode } from './flow.js';
import type { ProviderProfile, ProviderSettings } from './identity-provider.model.js';
import { linkIdentity } from './link.js';
import { signInByIdentity } from './sign-in-by-identity.js';

/** The input of the last step, by which the front end redeems the code. */
export interface Finish {
  readonly code: string;
  readonly codeVerifier: string;
  readonly rememberMe: boolean;
  readonly delivery: TokenDelivery;
  readonly deviceCookie: string | undefined;
}

/** The session that asked to link an identity. It goes on. */
export interface LinkedIdentity {
  readonly linked: SessionTokens;
}

/**
 * Completes a sign-in or the linking of an identity, whichever began it.
 * @throws AuthError TOKEN_INVALID, FORBIDDEN, EMAIL_NOT_VERIFIED, ACCOUNT_EXISTS, ACCOUNT_DISABLED; when linking also
 *   UNAUTHENTICATED, BAD_USER_INPUT
 */
export async function finish(
  deps: IdentityProviderDeps,
  actor: Actor,
  { code, codeVerifier, rememberMe: remembered, delivery, deviceCookie }: Finish,
): Promise<CompletedSignIn | Challenge | LinkedIdentity> {
  const { provider, profile, link } = await consumeCode(deps, code, codeVerifier);
  const settings = deps.providers.get(provider)?.settings;
  // The provider was removed from the settings.
  if (settings === undefined) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  requireDomain(settings, profile);
  if (link !== undefined) {
    return { linked: await linkIdentity(deps, actor, { provider, profile }, link) };
  }
  return signInByIdentity(deps, actor, { settings, profile, remembered, delivery, deviceCookie });
}

/** Also for a known identity: the operator may have changed the domains, and the provider the address. */
function requireDomain({ domains }: ProviderSettings, { email, emailVerified }: ProviderProfile): void {
  if (domains.length === 0) return;
  const domain = email?.slice(email.lastIndexOf('@') + 1);
  if (emailVerified && domain !== undefined && domains.includes(domain)) return;
  throw new AuthError(AuthErrorCode.FORBIDDEN);
}
