import { recordAudit } from '../../audit/index.js';
import { Role, type SignedInActor } from '../../platform/actor.js';
import { parseFields } from '../../platform/input.js';
import {
  parseDisplayName,
  parseEmailAddress,
  parseUsername,
  type User,
  withTakenErrors,
} from '../accounts/index.js';
import type { AdministrationDeps } from './deps.js';
import { invite } from './invite.js';

export interface NewAccount {
  readonly username: string;
  readonly email: string;
  readonly displayName?: string | null | undefined;
  readonly role: Role;
}

/**
 * Creates an account without a password and mails an invitation to set a password.
 * @throws AuthError BAD_USER_INPUT, USERNAME_TAKEN, EMAIL_TAKEN, UNAUTHENTICATED; REAUTHENTICATION_REQUIRED for a role
 *   with rights over other accounts
 */
export async function createUser(
  deps: AdministrationDeps,
  actor: SignedInActor,
  input: NewAccount,
): Promise<User> {
  const person = parseFields({
    username: () => parseUsername(input.username),
    email: () => parseEmailAddress(input.email),
    displayName: () => parseDisplayName(input.displayName),
  });
  return withTakenErrors(() =>
    deps.db.transaction(async (tx) => {
      await deps.users.lockAddress(tx, person.email);
      await deps.sessions.requireLive(tx, actor);
      if (input.role !== Role.CUSTOMER) await deps.stepUp.require(tx, actor);
      const user = await deps.users.insert(tx, { ...person, role: input.role });
      await deps.tokens.invalidateOthers(tx, user);
      await recordAudit(tx, actor, { type: 'USER_CREATED', subjectId: user.id });
      await invite(deps, tx, user);
      return user;
    }),
  );
}
