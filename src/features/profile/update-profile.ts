import { recordAudit } from '../../audit/index.js';
import type { SignedInActor } from '../../platform/actor.js';
import { violatedUnique } from '../../platform/database.js';
import { AuthError, AuthErrorCode, badInput } from '../../platform/error.js';
import { parseFields } from '../../platform/input.js';
import { parseDisplayName, parseUsername, type User } from '../accounts/index.js';
import type { ProfileDeps } from './deps.js';

export interface ProfileChange {
  readonly username?: string | null | undefined;
  readonly displayName?: string | null | undefined;
}

/**
 * Changes one's own name. What the input leaves out stays; a display name of null or nothing is removed.
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
  try {
    return await db.transaction(async (tx) => {
      const { id: userId } = await sessions.lockCaller(tx, actor);
      const user = await users.update(tx, userId, change);
      const details = { changed: Object.keys(change).join(' ') };
      await recordAudit(tx, actor, { type: 'PROFILE_UPDATED', subjectId: userId, details });
      return user;
    });
  } catch (error) {
    if (violatedUnique(error) === 'users_username_unique') throw new AuthError(AuthErrorCode.USERNAME_TAKEN);
    throw error;
  }
}

function parseOwnUsername(text: string | null | undefined): string {
  if (text == null) throw badInput({ field: 'username', message: 'Cannot be removed.' });
  return parseUsername(text);
}
