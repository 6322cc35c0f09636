import { recordAudit } from '../../audit/index.js';
import { OPERATOR, Role, type SignedInActor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode, badInput } from '../../platform/error.js';
import { parseFields } from '../../platform/input.js';
import { foldCase } from '../../platform/text.js';
import {
  parseDisplayName,
  parseEmailAddress,
  parseUsername,
  type User,
  withTakenErrors,
} from '../accounts/index.js';
import { invalidateTokens, TOKEN_LIFETIME_MINUTES } from '../one-time-tokens/index.js';
import type { AdministrationDeps } from './deps.js';
import { lockTarget, requireAnotherAdmin, requireMayEdit } from './target.js';

export interface UserChange {
  readonly username?: string | null | undefined;
  readonly displayName?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly role?: Role | null | undefined;
}

interface Context {
  readonly deps: AdministrationDeps;
  readonly tx: Database;
  readonly actor: SignedInActor;
}

/**
 * Changes an account. Absent fields stay unchanged. Staff may edit customers; only admins may change roles.
 * @throws AuthError BAD_USER_INPUT, NOT_FOUND, FORBIDDEN, USERNAME_TAKEN, EMAIL_TAKEN, LAST_ADMIN;
 *   REAUTHENTICATION_REQUIRED for another role or address
 */
export async function updateUser(
  deps: AdministrationDeps,
  actor: SignedInActor,
  id: string,
  input: UserChange,
): Promise<User> {
  if (input.role != null && actor.role !== Role.ADMIN) throw new AuthError(AuthErrorCode.FORBIDDEN);
  const change = parseFields({
    ...(input.username !== undefined && {
      username: () => parseUsername(requireValue(input.username, 'username')),
    }),
    ...(input.email !== undefined && { email: () => parseEmailAddress(requireValue(input.email, 'email')) }),
    ...(input.displayName !== undefined && { displayName: () => parseDisplayName(input.displayName) }),
  });
  return withTakenErrors(() =>
    deps.db.transaction(async (tx) => {
      const context = { deps, tx, actor };
      if (input.role != null) await deps.users.lockAdmins(tx);
      if (change.email !== undefined) await deps.users.lockAddress(tx, change.email);
      const target = await lockTarget(deps, tx, actor, id);
      requireMayEdit(actor, target);
      let user = await changeNames(context, target, change);
      if (change.email !== undefined && change.email !== target.email)
        user = await changeAddress(context, user, change.email);
      if (input.role != null && input.role !== target.role)
        user = await changeRole(context, user, input.role);
      return user;
    }),
  );
}

function requireValue(text: string | null | undefined, field: string): string {
  if (text == null) throw badInput({ field, message: 'Cannot be removed.' });
  return text;
}

async function changeNames(
  { deps, tx, actor }: Context,
  target: User,
  { username, displayName, email }: { username?: string; displayName?: string | null; email?: string },
): Promise<User> {
  const changed = Object.entries({ username, displayName, email }).filter(([, value]) => value !== undefined);
  if (changed.length === 0) return target;
  const user = await deps.users.update(tx, target.id, { username, displayName });
  const details = { changed: changed.map(([name]) => name).join(' ') };
  await recordAudit(tx, actor, { type: 'USER_UPDATED', subjectId: target.id, details });
  return user;
}

/**
 * Changes the address. The user must verify the new address; the old address gets a notice. Revokes
 * outstanding tokens, because they were mailed to the old address.
 */
async function changeAddress({ deps, tx, actor }: Context, target: User, email: string): Promise<User> {
  const isNewAddress = foldCase(email) !== foldCase(target.email);
  const user = await deps.users.update(tx, target.id, {
    email,
    ...(isNewAddress && { emailVerified: false }),
  });
  // If only the letter case changes, the address stays verified.
  if (!isNewAddress) return user;
  await deps.stepUp.require(tx, actor);
  await invalidateTokens(deps, tx, user.id);
  await deps.tokens.invalidateOthers(tx, user);
  await recordAudit(tx, actor, { type: 'EMAIL_CHANGED', subjectId: user.id });
  // A deactivated account gets no mail. After its activation, a sign-in mails the link.
  if (!user.isActive) return user;
  const token = await deps.tokens.issue(tx, 'VERIFY_EMAIL', user.id);
  await deps.outbox.enqueue(tx, 'verify-email', email, {
    username: user.username,
    link: `${deps.linkBase}/verify-email?token=${token}`,
    expiresIn: `${TOKEN_LIFETIME_MINUTES.VERIFY_EMAIL / 60} hours`,
    change: true,
  });
  // The mail names neither the address nor the device of the admin.
  const newEmail = target.emailVerified ? email : undefined;
  await deps.notices.send(tx, OPERATOR, target, 'email-change', { newEmail });
  return user;
}

/** Ends all sessions and revokes outstanding tokens, so that the new role takes effect at once. */
async function changeRole({ deps, tx, actor }: Context, target: User, role: Role): Promise<User> {
  await deps.stepUp.require(tx, actor);
  await requireAnotherAdmin(deps, tx, target);
  const user = await deps.users.update(tx, target.id, { role });
  await deps.sessions.endAll(tx, user.id, 'ROLE_CHANGED');
  await invalidateTokens(deps, tx, user.id);
  const details = { from: target.role, to: role };
  await recordAudit(tx, actor, { type: 'ROLE_CHANGED', subjectId: user.id, details });
  return user;
}
