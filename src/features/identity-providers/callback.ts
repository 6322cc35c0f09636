import { isTemporaryDatabaseError } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { IdentityProviderDeps } from './deps.js';
import { consumeState, deriveSecrets, payloadOfOutcome } from './flow.js';
import type { Flow } from './identity-provider.model.js';
import type { ProviderClient } from './provider-client.js';

/** The page that the browser is sent to, with a code for `finishProviderSignIn` or the code of an error. */
export interface Landing {
  readonly url: string;
  /** An unexpected error, to be logged. */
  readonly fault?: unknown;
}

/**
 * Handles the browser that comes back from a provider. Signs nobody in: this request proves only that some browser was
 * at the provider. See `consumeCode`.
 * @param query the query of the request
 */
export async function handleCallback(
  deps: IdentityProviderDeps,
  provider: ProviderClient,
  query: string,
): Promise<Landing> {
  let flow: Flow | undefined;
  try {
    const state = parseState(query);
    flow = await consumeState(deps, state);
    const code = await complete(deps, provider, query, state, flow);
    return { url: landingUrl(deps, { code }, flow) };
  } catch (error) {
    const code = codeOf(error);
    const isUnexpected = code === AuthErrorCode.INTERNAL_SERVER_ERROR;
    return { url: landingUrl(deps, { error: code }, flow), ...(isUnexpected && { fault: error }) };
  }
}

async function complete(
  { flowKeys, tokens, db }: IdentityProviderDeps,
  provider: ProviderClient,
  query: string,
  state: string,
  flow: Flow,
): Promise<string> {
  const { id } = provider.settings;
  // Attack: mix-up. A malicious provider makes the gateway send it the code of an honest one (RFC 9700 §4.4). Each
  // provider has its own callback, the state belongs to one provider, and the library compares `iss` (RFC 9207).
  if (flow.provider !== id) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  const profile = await provider.exchange(query, deriveSecrets(flowKeys, state));
  const { codeChallenge, link } = flow;
  const payload = payloadOfOutcome({ provider: id, codeChallenge, profile, link });
  return (await tokens.issueAnonymous(db, 'PROVIDER_CODE', payload)).token;
}

/**
 * The state of a well-formed answer of a provider (RFC 6749 §4.1.2): a code or an error, and no parameter twice, because
 * two readers could choose different values.
 * @throws AuthError TOKEN_INVALID
 */
function parseState(query: string): string {
  const parameters = new URLSearchParams(query);
  const names = [...parameters.keys()];
  const isAnswer = parameters.has('code') || parameters.has('error');
  const state = parameters.get('state');
  if (state !== null && isAnswer && new Set(names).size === names.length) return state;
  throw new AuthError(AuthErrorCode.TOKEN_INVALID);
}

function codeOf(error: unknown): AuthErrorCode {
  if (error instanceof AuthError) return error.code;
  return isTemporaryDatabaseError(error)
    ? AuthErrorCode.SERVICE_UNAVAILABLE
    : AuthErrorCode.INTERNAL_SERVER_ERROR;
}

function landingUrl(
  { linkBase }: IdentityProviderDeps,
  result: Readonly<Record<string, string>>,
  flow: Flow | undefined,
): string {
  const query = new URLSearchParams(result);
  if (flow?.returnTo !== undefined) query.set('return_to', flow.returnTo);
  return `${linkBase}/signed-in?${query}`;
}
