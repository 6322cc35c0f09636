import { recordAudit } from '../../audit/index.js';
import type { SignedInActor } from '../../platform/actor.js';
import { badInput } from '../../platform/error.js';
import { parseFields } from '../../platform/input.js';
import { parseDisplayName, parseUsername, type User, withUsernameTakenError } from '../accounts/index.js';
import type { ProfileDeps } from './deps.js';

export interface ProfileChange {
  readonly username?: string | null | undefined;
  readonly displayName?: string | null | undefined;
}

/**
 * Changes the names of the actor. Absent fields stay unchanged. Null or empty text removes the display name.
 * @throws AuthError BAD_USER_INPUT, USERNAME_TAKEN, UNAUTHENTICATED
 */
export async function updateProfile(
  { db, users, sessions }: ProfileDeps,
  actor: SignedInActor,
  input: ProfileChange,
): Promise<User> {
  const change = parseFields({
    ...(input.username !== undefined && { username: () => parseOwnUsername(input.username) }),
    ...(input.displayName !== undefined && { displayName: () => parseDisplayName(input.displayName) }),
  });
  return withUsernameTakenError(() =>
    db.transaction(async (tx) => {
      const { id: userId } = await sessions.lockCaller(tx, actor);
      const user = await users.update(tx, userId, change);
      const details = { changed: Object.keys(change).join(' ') };
      await recordAudit(tx, actor, { type: 'PROFILE_UPDATED', subjectId: userId, details });
      return user;
    }),
  );
}

function parseOwnUsername(text: string | null | undefined): string {
  if (text == null) throw badInput({ field: 'username', message: 'Cannot be removed.' });
  return parseUsername(text);
}
