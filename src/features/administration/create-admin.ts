import { recordAudit } from '../../audit/index.js';
import { OPERATOR, Role } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import { parseFields } from '../../platform/input.js';
import { foldCase } from '../../platform/text.js';
import { parseEmailAddress, parseUsername, type User } from '../accounts/index.js';
import { voidOutstanding } from '../one-time-tokens/index.js';
import { refusingTaken } from './create-user.js';
import type { AdministrationDeps } from './deps.js';
import { invite } from './invite.js';

export interface AdminAccount {
  readonly username: string;
  readonly email: string;
}

/**
 * Makes an admin by the operator's word, or raises the user or registration that has both name and address already,
 * and mails the invitation.
 * @returns the invitation's link
 * @throws AuthError BAD_USER_INPUT; USERNAME_TAKEN or EMAIL_TAKEN where only one of the two is somebody's
 */
export function createAdmin(deps: AdministrationDeps, account: AdminAccount): Promise<string> {
  const parsed = parse(account);
  return refusingTaken(() =>
    deps.db.transaction(async (tx) => {
      await deps.users.holdAdmins(tx);
      await deps.users.holdAddress(tx, parsed.email);
      return invite(deps, tx, await makeAdmin(deps, tx, parsed));
    }),
  );
}

/**
 * Makes and invites the first admin where there is none. Of several processes that start together one does.
 * @returns whether one was made
 */
export function bootstrapAdmin(deps: AdministrationDeps, account: AdminAccount): Promise<boolean> {
  const parsed = parse(account);
  return refusingTaken(() =>
    deps.db.transaction(async (tx) => {
      await deps.users.holdAdmins(tx);
      if (await deps.users.hasActiveAdmin(tx)) return false;
      await deps.users.holdAddress(tx, parsed.email);
      await invite(deps, tx, await makeAdmin(deps, tx, parsed));
      return true;
    }),
  );
}

function parse(account: AdminAccount): AdminAccount {
  return parseFields({
    username: () => parseUsername(account.username),
    email: () => parseEmailAddress(account.email),
  });
}

async function makeAdmin(deps: AdministrationDeps, tx: Database, account: AdminAccount): Promise<User> {
  const { users, tokens } = deps;
  const existing = await findExisting(deps, tx, account);
  const admin =
    existing === undefined
      ? await users.insert(tx, { ...account, displayName: null, role: Role.ADMIN })
      : await raise(deps, tx, existing);
  await tokens.voidRivals(tx, admin);
  if (existing === undefined) {
    await recordAudit(tx, OPERATOR, {
      type: 'USER_CREATED',
      subjectId: admin.id,
      details: { role: Role.ADMIN },
    });
  }
  return admin;
}

/**
 * The user or registration with both name and address, locked.
 * @throws AuthError EMAIL_TAKEN if the address is that of a user of another name
 */
async function findExisting(
  { users }: AdministrationDeps,
  tx: Database,
  { username, email }: AdminAccount,
): Promise<User | undefined> {
  const isSame = (one: string, other: string) => foldCase(one) === foldCase(other);
  const owner = await users.findByEmail(email, tx);
  if (owner !== undefined && !isSame(owner.username, username))
    throw new AuthError(AuthErrorCode.EMAIL_TAKEN);
  const named = owner ?? (await users.findByUsernameWithPending(username, tx));
  if (named === undefined || !isSame(named.email, email)) return undefined;
  return users.lock(tx, named.id);
}

/**
 * Attack: a stranger registers with the operator's name and address and a password of their own; the operator then
 * raises the account. So unless the address is verified, everything goes that the account had: password, second
 * factors, sessions and devices. Whoever reads the mailbox sets a password by the invitation.
 */
async function raise(deps: AdministrationDeps, tx: Database, existing: User): Promise<User> {
  const { id, role, isActive, emailVerified } = existing;
  if (role === Role.ADMIN && isActive && emailVerified) return existing;
  const admin = await deps.users.raiseToAdmin(tx, existing);
  await deps.sessions.endAll(tx, id, 'ROLE_CHANGED');
  if (!emailVerified) {
    await deps.lockout.reset(tx, admin);
    if (await deps.secondFactors.remove(tx, id)) {
      await recordAudit(tx, OPERATOR, { type: 'TWO_FACTOR_DISABLED', subjectId: id });
    }
  }
  await voidOutstanding(deps, tx, id);
  if (!isActive) await recordAudit(tx, OPERATOR, { type: 'USER_ACTIVATED', subjectId: id });
  if (role !== Role.ADMIN) {
    const details = { from: role, to: Role.ADMIN };
    await recordAudit(tx, OPERATOR, { type: 'ROLE_CHANGED', subjectId: id, details });
  }
  if (!emailVerified) {
    await recordAudit(tx, OPERATOR, {
      type: 'USER_UPDATED',
      subjectId: id,
      details: { changed: 'password' },
    });
  }
  return admin;
}
