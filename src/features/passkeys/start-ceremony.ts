import type { SignedInActor } from '../../platform/actor.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import { requestOptions } from './ceremony.js';
import type { PasskeyDeps } from './deps.js';
import type { Ceremony } from './passkey.model.js';

/** Starts a sign-in. The options name no user: the browser offers the passkeys that it knows for this site. */
export async function startSignIn({ db, tokens, relyingParty }: PasskeyDeps): Promise<Ceremony> {
  const { token, expiresAt } = await tokens.issueAnonymous(db, 'PASSKEY_SIGN_IN', {});
  return { challengeToken: token, options: await requestOptions(relyingParty, token), expiresAt };
}

/**
 * Starts a ceremony by which a signed-in user authenticates again. It replaces one in progress.
 * @throws AuthError NOT_FOUND if the user has no passkey; UNAUTHENTICATED
 */
export function startReauthentication(deps: PasskeyDeps, actor: SignedInActor): Promise<Ceremony> {
  return deps.db.transaction(async (tx) => {
    const { id } = await deps.sessions.lockCaller(tx, actor);
    const passkeys = await deps.store.list(tx, id);
    if (passkeys.length === 0) throw new AuthError(AuthErrorCode.NOT_FOUND);
    const { token, expiresAt } = await deps.tokens.issueWithExpiry(tx, 'PASSKEY_REAUTHENTICATION', id);
    const options = await requestOptions(deps.relyingParty, token, passkeys);
    return { challengeToken: token, options, expiresAt };
  });
}
