import { createHash, timingSafeEqual } from 'node:crypto';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { Keyring } from '../../platform/keyring.js';
import { type Payload, purposeOf, redeemToken } from '../one-time-tokens/index.js';
import type { IdentityProviderDeps } from './deps.js';
import type { Flow, Outcome } from './identity-provider.model.js';
import type { FlowSecrets } from './provider-client.js';

/**
 * Derives the secrets of a sign-in from its state, so that nothing secret is stored: the database has only the hash of
 * the state, and a copy of the database does not complete a sign-in. The key is the gateway's, because the state passes
 * through the browser and the provider: whoever reads a callback must not be able to compute the PKCE verifier.
 */
export function deriveSecrets(keys: Keyring, state: string): FlowSecrets {
  const derive = (use: string) => keys.sign(`${use}\0${state}`).toString('base64url');
  return { state, nonce: derive('nonce'), codeVerifier: derive('verifier') };
}

/** `BASE64URL(SHA256(verifier))` (RFC 7636 §4.2). */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

export function matchesChallenge(verifier: string, challenge: string): boolean {
  const [made, expected] = [Buffer.from(challengeOf(verifier)), Buffer.from(challenge)];
  return made.length === expected.length && timingSafeEqual(made, expected);
}

/** The payload of the token that is sent as `state`. */
export function payloadOfFlow(flow: {
  readonly provider: string;
  readonly codeChallenge: string;
  readonly returnTo?: string | null | undefined;
  readonly sessionId?: string;
}): Payload {
  const { provider, codeChallenge, returnTo, sessionId } = flow;
  return {
    provider,
    codeChallenge,
    ...(returnTo != null && { returnTo }),
    ...(sessionId !== undefined && { sessionId }),
  };
}

/**
 * Consumes a state. It works once, so a callback cannot be replayed (RFC 9700 §4.7).
 * @throws AuthError TOKEN_INVALID; UNAUTHENTICATED if the session that asked to link an identity has ended
 */
export async function consumeState(deps: IdentityProviderDeps, state: string): Promise<Flow> {
  if (purposeOf(state) !== 'PROVIDER_LINK') {
    return flowOf(await deps.tokens.consumeAnonymous(deps.db, 'PROVIDER_SIGN_IN', state));
  }
  return deps.db.transaction(async (tx: Database) => {
    const { user, payload } = await redeemToken(deps, tx, 'PROVIDER_LINK', state);
    const { sessionId = '' } = payload;
    await deps.sessions.requireLive(tx, { userId: user.id, sessionId, role: user.role });
    const credentialsVersion = String(user.credentialsVersion);
    return { ...flowOf(payload), link: { userId: user.id, sessionId, credentialsVersion } };
  });
}

function flowOf({ provider, codeChallenge = '', returnTo }: Payload): Flow {
  return { provider, codeChallenge, returnTo };
}

/** The payload of the token that is sent as `code`. Payloads are flat. */
export function payloadOfOutcome({ provider, codeChallenge, profile, link }: Outcome): Payload {
  const { emailVerified, ...texts } = profile;
  const all = { provider, codeChallenge, ...texts, ...link, emailVerified: emailVerified ? 'yes' : 'no' };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/**
 * Consumes the code of a completed step at a provider.
 *
 * Attack: login CSRF. An attacker signs in at the provider, and makes the victim's browser open the callback or the
 * page behind it, so that the victim works in the attacker's account, or so that the attacker's account gets the
 * victim's identity. The code alone therefore does nothing: the verifier is known only to the page that began. A wrong
 * verifier consumes the code, because its page did not begin this sign-in, and the code may have leaked.
 *
 * @throws AuthError TOKEN_INVALID
 */
export async function consumeCode(
  { db, tokens }: Pick<IdentityProviderDeps, 'db' | 'tokens'>,
  code: string,
  codeVerifier: string,
): Promise<Outcome> {
  // Not in the transaction of the sign-in: a failure must not give the code back.
  const payload = await tokens.consumeAnonymous(db, 'PROVIDER_CODE', code);
  const { provider = '', codeChallenge = '', issuer = '', subject = '', emailVerified, ...rest } = payload;
  if (!matchesChallenge(codeVerifier, codeChallenge)) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  const { email, username, name, userId, sessionId = '', credentialsVersion = '' } = rest;
  const profile = { issuer, subject, email, username, name, emailVerified: emailVerified === 'yes' };
  const link = userId === undefined ? undefined : { userId, sessionId, credentialsVersion };
  return { provider, codeChallenge, profile, link };
}
