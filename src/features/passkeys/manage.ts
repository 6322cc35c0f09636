import { recordAudit } from '../../audit/index.js';
import type { SignedInActor } from '../../platform/actor.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import { isId } from '../../platform/id.js';
import type { PasskeyDeps } from './deps.js';
import type { Passkey } from './passkey.model.js';
import { parsePasskeyName } from './passkey-name.js';

/**
 * Renames a passkey of the actor.
 * @throws AuthError BAD_USER_INPUT; NOT_FOUND, also for a passkey of another user; UNAUTHENTICATED
 */
export async function renamePasskey(
  { db, sessions, store }: PasskeyDeps,
  actor: SignedInActor,
  id: string,
  typed: string,
): Promise<Passkey> {
  const name = parsePasskeyName(typed);
  if (!isId(id)) throw new AuthError(AuthErrorCode.NOT_FOUND);
  return db.transaction(async (tx) => {
    await sessions.lockCaller(tx, actor);
    const passkey = await store.rename(tx, actor.userId, id, name);
    if (passkey === undefined) throw new AuthError(AuthErrorCode.NOT_FOUND);
    return passkey;
  });
}

/**
 * Removes a passkey of the actor, and notifies the actor by mail.
 * @throws AuthError NOT_FOUND, also for a passkey of another user; UNAUTHENTICATED; LAST_SIGN_IN_METHOD
 */
export async function removePasskey(
  { db, sessions, store, signIn, notices }: PasskeyDeps,
  actor: SignedInActor,
  id: string,
): Promise<void> {
  if (!isId(id)) throw new AuthError(AuthErrorCode.NOT_FOUND);
  await db.transaction(async (tx) => {
    const user = await sessions.lockCaller(tx, actor);
    const passkey = await store.remove(tx, user.id, id);
    if (passkey === undefined) throw new AuthError(AuthErrorCode.NOT_FOUND);
    await signIn.requireMethodLeft(tx, user);
    await recordAudit(tx, actor, removalOf(passkey));
    await notices.send(tx, actor, user, 'passkey-removed', { passkey: passkey.name });
  });
}

/** The audit event of the removal. */
export function removalOf({ id, name, userId }: Passkey) {
  return { type: 'PASSKEY_REMOVED', subjectId: userId, details: { passkey: id, name } } as const;
}
