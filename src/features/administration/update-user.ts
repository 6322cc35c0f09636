import { recordAudit } from '../../audit/index.js';
import { OPERATOR, Role, type SignedInActor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode, badInput } from '../../platform/error.js';
import { parseFields } from '../../platform/input.js';
import { foldCase } from '../../platform/text.js';
import { parseDisplayName, parseEmailAddress, parseUsername, type User } from '../accounts/index.js';
import { MINUTES, voidOutstanding } from '../one-time-tokens/index.js';
import { refusingTaken } from './create-user.js';
import type { AdministrationDeps } from './deps.js';
import { keepAnAdmin, lockTarget, refuseBeyond } from './target.js';

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
 * Changes somebody's account. What the input leaves out stays. Staff edit customers; roles are for admins.
 * @throws AuthError BAD_USER_INPUT, NOT_FOUND, FORBIDDEN, USERNAME_TAKEN, EMAIL_TAKEN, LAST_ADMIN
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
      username: () => parseUsername(present(input.username, 'username')),
    }),
    ...(input.email !== undefined && { email: () => parseEmailAddress(present(input.email, 'email')) }),
    ...(input.displayName !== undefined && { displayName: () => parseDisplayName(input.displayName) }),
  });
  return refusingTaken(() =>
    deps.db.transaction(async (tx) => {
      const context = { deps, tx, actor };
      if (input.role != null) await deps.users.holdAdmins(tx);
      if (change.email !== undefined) await deps.users.holdAddress(tx, change.email);
      const target = await lockTarget(deps, tx, actor, id);
      refuseBeyond(actor, target);
      let user = await changeNames(context, target, change);
      if (change.email !== undefined && change.email !== target.email)
        user = await changeAddress(context, user, change.email);
      if (input.role != null && input.role !== target.role)
        user = await changeRole(context, user, input.role);
      return user;
    }),
  );
}

function present(text: string | null | undefined, field: string): string {
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
 * Another address has to be verified by its owner like the first one; the old one is told. Outstanding tokens
 * went to the old one, and are void.
 */
async function changeAddress({ deps, tx, actor }: Context, target: User, email: string): Promise<User> {
  const isAnother = foldCase(email) !== foldCase(target.email);
  const user = await deps.users.update(tx, target.id, { email, ...(isAnother && { emailVerified: false }) });
  if (!isAnother) return user;
  await voidOutstanding(deps, tx, user.id);
  await deps.tokens.voidRivals(tx, user);
  await recordAudit(tx, actor, { type: 'EMAIL_CHANGED', subjectId: user.id });
  // A deactivated account gets no mail. After its activation, a sign-in mails the link.
  if (!user.isActive) return user;
  const token = await deps.tokens.issue(tx, 'VERIFY_EMAIL', user.id);
  await deps.outbox.enqueue(tx, 'verify-email', email, {
    username: user.username,
    link: `${deps.linkBase}/verify-email?token=${token}`,
    expiresIn: `${MINUTES.VERIFY_EMAIL / 60} hours`,
    change: true,
  });
  // The mail names neither the address nor the device of the admin.
  const newEmail = target.emailVerified ? email : undefined;
  await deps.notices.send(tx, OPERATOR, target, 'email-change', { newEmail });
  return user;
}

/** A role takes effect everywhere at once: all sessions end, and tokens of before are void. */
async function changeRole({ deps, tx, actor }: Context, target: User, role: Role): Promise<User> {
  await keepAnAdmin(deps, tx, target);
  const user = await deps.users.update(tx, target.id, { role });
  await deps.sessions.endAll(tx, user.id, 'ROLE_CHANGED');
  await voidOutstanding(deps, tx, user.id);
  const details = { from: target.role, to: role };
  await recordAudit(tx, actor, { type: 'ROLE_CHANGED', subjectId: user.id, details });
  return user;
}
