import { parseEmailAddress, parseUsername, type User } from '../accounts/index.js';
import { recordAudit } from '../audit/index.js';
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
 * Makes an admin by the operator's word, or raises the user who has both name and address already, and mails the
 * invitation.
 * @returns the invitation's link
 * @throws AuthError BAD_USER_INPUT; USERNAME_TAKEN or EMAIL_TAKEN where only one of the two is somebody's
 */
export function createAdmin(parts: AdministrationParts, account: AdminAccount): Promise<string> {
  const parsed = parse(account);
  return refusingTaken(() =>
    parts.db.transaction(async (tx) => {
      await parts.users.holdAdmins(tx);
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
  const existing = await parts.users.findByEmail(account.email, tx);
  if (existing === undefined) {
    const admin = await parts.users.insert(tx, { ...account, displayName: null, role: Role.ADMIN });
    await recordAudit(tx, { type: 'USER_CREATED', subjectId: admin.id, details: { role: Role.ADMIN } });
    return admin;
  }
  if (foldCase(existing.username) !== foldCase(account.username)) {
    throw new AuthError(AuthErrorCode.EMAIL_TAKEN);
  }
  if (existing.role === Role.ADMIN && existing.isActive) return existing;
  const admin = await parts.users.update(tx, existing.id, { role: Role.ADMIN, isActive: true });
  await parts.sessions.endAll(tx, admin.id, 'ROLE_CHANGED');
  await parts.tokens.voidAll(tx, [admin.id]);
  const details = { from: existing.role, to: Role.ADMIN };
  await recordAudit(tx, { type: 'ROLE_CHANGED', subjectId: admin.id, details });
  return admin;
}
