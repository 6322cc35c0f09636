import { recordAudit } from '../../audit/index.js';
import type { SignedInActor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode, badInput } from '../../platform/error.js';
import { parseFields } from '../../platform/input.js';
import { parseRegistration, type RegistrationJson } from './credential-json.js';
import type { PasskeyDeps } from './deps.js';
import type { Passkey } from './passkey.model.js';
import { defaultName, parsePasskeyName } from './passkey-name.js';
import { refuseSurplus } from './start-registration.js';
import { verifyNewCredential } from './verify.js';

export interface FinishedRegistration {
  readonly challengeToken: string;
  /** JSON text of a RegistrationResponseJSON. */
  readonly credential: string;
  readonly name?: string | null | undefined;
}

interface NewCredential {
  readonly token: string;
  readonly response: RegistrationJson;
  /** Undefined if the user typed none. */
  readonly name: string | undefined;
}

/**
 * Adds a passkey, and notifies the user by mail. The token is consumed even if the credential is refused, so that a
 * challenge is answered once; only malformed input does not consume it.
 * @throws AuthError BAD_USER_INPUT; TOKEN_INVALID, also for the token of another user; UNAUTHENTICATED
 */
export async function finishRegistration(
  deps: PasskeyDeps,
  actor: SignedInActor,
  { challengeToken: token, credential, name: typed }: FinishedRegistration,
): Promise<Passkey> {
  const { response, name } = parseFields({
    response: () => parseRegistration(credential),
    name: () => (typed == null || typed.trim() === '' ? undefined : parsePasskeyName(typed)),
  });
  const added = await deps.db.transaction((tx) => add(deps, tx, actor, { token, response, name }));
  // Not thrown in the transaction, because a rollback would make the token valid again.
  if (added instanceof AuthError) throw added;
  return added;
}

/** Returns the refusal, if the token was right but the credential was not. */
async function add(
  { sessions, tokens, store, relyingParty, notices }: PasskeyDeps,
  tx: Database,
  actor: SignedInActor,
  { token, response, name }: NewCredential,
): Promise<Passkey | AuthError> {
  const user = await sessions.lockCaller(tx, actor);
  const { userId } = await tokens.consumeOnce(tx, 'PASSKEY_REGISTRATION', token);
  if (userId !== user.id) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  const existing = await store.list(tx, userId);
  refuseSurplus(existing);
  const credential = await verifyNewCredential(relyingParty, token, response);
  if (credential === undefined) {
    return refusal('Does not answer this challenge, or is not allowed for this site. Start again.');
  }
  const isOnDevice = response.authenticatorAttachment === 'platform';
  const chosenName = name ?? defaultName(existing, actor.origin.userAgent, isOnDevice);
  const passkey = await store.insertUnlessRegistered(tx, { ...credential, userId, name: chosenName });
  if (passkey === undefined) return refusal('This passkey is already registered.');
  await recordAudit(tx, actor, {
    type: 'PASSKEY_ADDED',
    subjectId: userId,
    details: { passkey: passkey.id, name: passkey.name },
  });
  await notices.send(tx, actor, user, 'passkey-added', { passkey: passkey.name });
  return passkey;
}

function refusal(message: string): AuthError {
  return badInput({ field: 'credential', message });
}
