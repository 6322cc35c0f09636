import type { SignedInActor } from '../../platform/actor.js';
import { AuthError, AuthErrorCode, badInput } from '../../platform/error.js';
import { parseFields, plainText } from '../../platform/input.js';
import type { IssuedToken } from '../one-time-tokens/index.js';
import type { IdentityProviderDeps } from './deps.js';
import { challengeOf, deriveSecrets, payloadOfFlow } from './flow.js';
import type { Start, StartedSignIn } from './identity-provider.model.js';
import { requireRoom } from './link.js';
import type { ProviderClient } from './provider-client.js';

const MAX_RETURN_TO_LENGTH = 1024;

/**
 * Begins a sign-in.
 * @throws AuthError BAD_USER_INPUT, NOT_FOUND, SERVICE_UNAVAILABLE
 */
export async function startSignIn(deps: IdentityProviderDeps, input: Start): Promise<StartedSignIn> {
  const provider = parse(deps, input);
  const token = await deps.tokens.issueAnonymous(deps.db, 'PROVIDER_SIGN_IN', payloadOfFlow(input));
  return locate(deps, provider, token);
}

/**
 * Begins to link an account at a provider to the account of the actor. Nothing is linked before the page that began
 * redeems the result (see `consumeCode`), and only while the session of the actor is live.
 * @throws AuthError BAD_USER_INPUT, NOT_FOUND, UNAUTHENTICATED, SERVICE_UNAVAILABLE
 */
export async function startLink(
  deps: IdentityProviderDeps,
  actor: SignedInActor,
  input: Start,
): Promise<StartedSignIn> {
  const provider = parse(deps, input);
  const { userId, sessionId } = actor;
  const token = await deps.db.transaction(async (tx) => {
    await deps.sessions.lockCaller(tx, actor);
    await requireRoom(deps, tx, userId);
    const payload = payloadOfFlow({ ...input, sessionId });
    return deps.tokens.issueWithExpiry(tx, 'PROVIDER_LINK', userId, { payload });
  });
  return locate(deps, provider, token);
}

function parse({ providers }: IdentityProviderDeps, input: Start): ProviderClient {
  parseFields({
    codeChallenge: () => parseCodeChallenge(input.codeChallenge),
    returnTo: () => parseReturnTo(input.returnTo),
  });
  const provider = providers.get(input.provider);
  if (provider === undefined) throw new AuthError(AuthErrorCode.NOT_FOUND);
  return provider;
}

/** S256 only: a plain challenge would be the verifier itself (RFC 9700 §2.1.1). */
function parseCodeChallenge(text: string): void {
  if (/^[A-Za-z0-9_-]{43}$/.test(text)) return;
  throw badInput({ field: 'codeChallenge', message: 'Must be BASE64URL(SHA256(verifier)): 43 characters.' });
}

/**
 * Attack: open redirect. A front end sends the browser to this path after the sign-in. Browsers read `//host`, `/\host`
 * and, because they remove tabs and line breaks, `/<tab>/host` as another host.
 */
function parseReturnTo(path: string | null | undefined): void {
  if (path == null) return;
  plainText('returnTo', path, MAX_RETURN_TO_LENGTH);
  if (/^\/(?![/\\])/.test(path) && !/\p{Cc}/u.test(path)) return;
  throw badInput({ field: 'returnTo', message: 'Must be a path of the front end, such as /account.' });
}

async function locate(
  { flowKeys }: IdentityProviderDeps,
  provider: ProviderClient,
  { token, expiresAt }: IssuedToken,
): Promise<StartedSignIn> {
  const secrets = deriveSecrets(flowKeys, token);
  const authorizationUrl = await provider.authorizationUrl(secrets, challengeOf(secrets.codeVerifier));
  return { authorizationUrl, expiresAt };
}
