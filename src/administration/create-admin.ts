import { parseEmailAddress, parseUsername, type User } from '../accounts/index.js';
import { recordAudit } from '../audit/index.js';
import { voidOutstanding } from '../one-time-tokens/index.js';
import type { Database } from '../platform/database.js';
import { AuthError, AuthErrorCode } from '../platform/error.js';
import { parseFields } from '../platform/input.js';
import { Role } from '../platform/principal.js';
import { foldCase } from '../platform/text.js';
import { refusingTaken } from './create-user.js';
import { invite } from './invite.js';
import type { AdministrationParts } from './parts.js';

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
export function createAdmin(parts: AdministrationParts, account: AdminAccount): Promise<string> {
  const parsed = parse(account);
  return refusingTaken(() =>
    parts.db.transaction(async (tx) => {
      await parts.users.holdAdmins(tx);
      await parts.users.holdAddress(tx, parsed.email);
      return invite(parts, tx, await makeAdmin(parts, tx, parsed));
    }),
  );
}

/**
 * Makes and invites the first admin where there is none. Of several processes that start together one does.
 * @returns whether one was made
 */
export function bootstrapAdmin(parts: AdministrationParts, account: AdminAccount): Promise<boolean> {
  const parsed = parse(account);
  return refusingTaken(() =>
    parts.db.transaction(async (tx) => {
      await parts.users.holdAdmins(tx);
      if (await parts.users.hasActiveAdmin(tx)) return false;
      await parts.users.holdAddress(tx, parsed.email);
      await invite(parts, tx, await makeAdmin(parts, tx, parsed));
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

async function makeAdmin(parts: AdministrationParts, tx: Database, account: AdminAccount): Promise<User> {
  const { users, tokens } = parts;
  const existing = await findExisting(parts, tx, account);
  const admin =
    existing === undefined
      ? await users.insert(tx, { ...account, displayName: null, role: Role.ADMIN })
      : await raise(parts, tx, existing);
  await tokens.voidRivals(tx, admin);
  if (existing === undefined) {
    await recordAudit(tx, { type: 'USER_CREATED', subjectId: admin.id, details: { role: Role.ADMIN } });
  }
  return admin;
}

/**
 * The user or registration with both name and address, locked.
 * @throws AuthError EMAIL_TAKEN if the address is that of a user of another name
 */
async function findExisting(
  { users }: AdministrationParts,
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
async function raise(parts: AdministrationParts, tx: Database, existing: User): Promise<User> {
  const { id, role, isActive, emailVerified } = existing;
  if (role === Role.ADMIN && isActive && emailVerified) return existing;
  const admin = await parts.users.raiseToAdmin(tx, existing);
  await parts.sessions.endAll(tx, id, 'ROLE_CHANGED');
  if (!emailVerified) {
    await parts.lockout.reset(tx, admin);
    if (await parts.twoFactor.reset(tx, id)) {
      await recordAudit(tx, { type: 'TWO_FACTOR_DISABLED', subjectId: id });
    }
  }
  await voidOutstanding(parts, tx, id);
  if (!isActive) await recordAudit(tx, { type: 'USER_ACTIVATED', subjectId: id });
  if (role !== Role.ADMIN) {
    const details = { from: role, to: Role.ADMIN };
    await recordAudit(tx, { type: 'ROLE_CHANGED', subjectId: id, details });
  }
  if (!emailVerified) {
    await recordAudit(tx, { type: 'USER_UPDATED', subjectId: id, details: { changed: 'password' } });
  }
  return admin;
}
