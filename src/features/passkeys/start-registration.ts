import type { SignedInActor } from '../../platform/actor.js';
import { badInput } from '../../platform/error.js';
import type { TypedPassword } from '../passwords/index.js';
import { creationOptions } from './ceremony.js';
import type { PasskeyDeps } from './deps.js';
import type { Ceremony, Passkey } from './passkey.model.js';

const MAX_PASSKEYS = 20;

/**
 * Starts the registration of a passkey. It has no effect until `finishRegistration`. It replaces a registration in
 * progress.
 *
 * Attack: with a stolen access token, an attacker adds a passkey of their own and keeps the account for ever. So the
 * password or a recent authentication is required (ASVS 7.5.1), and the owner is mailed when a passkey is added.
 *
 * @throws AuthError BAD_USER_INPUT if the user has 20 passkeys, or an error of the password check
 */
export async function startRegistration(
  deps: PasskeyDeps,
  actor: SignedInActor,
  password: TypedPassword,
): Promise<Ceremony> {
  const { lock } = await deps.passwords.confirm(actor, password);
  return deps.db.transaction(async (tx) => {
    const user = await lock(tx);
    const existing = await deps.store.list(tx, user.id);
    refuseSurplus(existing);
    const { token, expiresAt } = await deps.tokens.issueWithExpiry(tx, 'PASSKEY_REGISTRATION', user.id);
    const request = { token, user, existing, rpName: deps.rpName };
    const options = await creationOptions(deps.relyingParty, request);
    return { challengeToken: token, options, expiresAt };
  });
}

/**
 * Call it with the user locked, so that concurrent registrations are counted.
 * @throws AuthError BAD_USER_INPUT
 */
export function refuseSurplus(existing: readonly Passkey[]): void {
  if (existing.length < MAX_PASSKEYS) return;
  throw badInput({
    field: 'passkeys',
    message: `An account can have at most ${MAX_PASSKEYS} passkeys. Remove one first.`,
  });
}
