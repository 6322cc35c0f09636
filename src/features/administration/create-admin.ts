import { recordAudit } from '../../audit/index.js';
import { OPERATOR, Role } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import { parseFields } from '../../platform/input.js';
import { foldCase } from '../../platform/text.js';
import { parseEmailAddress, parseUsername, type User, withTakenErrors } from '../accounts/index.js';
import { invalidateTokens } from '../one-time-tokens/index.js';
import type { AdministrationDeps } from './deps.js';
import { invite } from './invite.js';

export interface AdminAccount {
  readonly username: string;
  readonly email: string;
}

/**
 * Creates an admin on behalf of the operator, or promotes the user or registration that already has both the
 * username and the address. Mails an invitation.
 * @returns the link of the invitation
 * @throws AuthError BAD_USER_INPUT; USERNAME_TAKEN or EMAIL_TAKEN if another account has only one of the two
 */
export function createAdmin(deps: AdministrationDeps, account: AdminAccount): Promise<string> {
  const parsed = parse(account);
  return withTakenErrors(() =>
    deps.db.transaction(async (tx) => {
      await deps.users.lockAdmins(tx);
      await deps.users.lockAddress(tx, parsed.email);
      return invite(deps, tx, await insertOrPromote(deps, tx, parsed));
    }),
  );
}

/**
 * Creates and invites the first admin if there is no active admin. If several processes start at the same
 * time, only one of them creates the admin.
 * @returns whether an admin was created
 */
export function bootstrapAdmin(deps: AdministrationDeps, account: AdminAccount): Promise<boolean> {
  const parsed = parse(account);
  return withTakenErrors(() =>
    deps.db.transaction(async (tx) => {
      await deps.users.lockAdmins(tx);
      if (await deps.users.hasActiveAdmin(tx)) return false;
      await deps.users.lockAddress(tx, parsed.email);
      await invite(deps, tx, await insertOrPromote(deps, tx, parsed));
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

async function insertOrPromote(deps: AdministrationDeps, tx: Database, account: AdminAccount): Promise<User> {
  const { users, tokens } = deps;
  const existing = await findExisting(deps, tx, account);
  const admin =
    existing === undefined
      ? await users.insert(tx, { ...account, displayName: null, role: Role.ADMIN })
      : await promote(deps, tx, existing);
  await tokens.invalidateOthers(tx, admin);
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
 * Finds and locks the user or registration that has both the username and the address.
 * @throws AuthError EMAIL_TAKEN if a user with another username owns the address
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
 * Makes an existing account an active admin.
 *
 * Attack: a stranger registers with the admin's username and address and a password that the stranger knows.
 * The operator then promotes that account. So if the address is not verified, the account loses its password,
 * second factors, identities, sessions and known devices. The owner of the mailbox sets a new password with the
 * invitation.
 */
async function promote(deps: AdministrationDeps, tx: Database, existing: User): Promise<User> {
  const { id, role, isActive, emailVerified } = existing;
  if (role === Role.ADMIN && isActive && emailVerified) return existing;
  const admin = await deps.users.promoteToAdmin(tx, existing);
  await deps.sessions.endAll(tx, id, 'ROLE_CHANGED');
  if (!emailVerified) {
    await deps.lockout.reset(tx, admin);
    await deps.removeIdentities(tx, id);
    if (await deps.secondFactors.remove(tx, id)) {
      await recordAudit(tx, OPERATOR, { type: 'TWO_FACTOR_DISABLED', subjectId: id });
    }
  }
  await invalidateTokens(deps, tx, id);
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
