import { recordAudit } from '../../audit/index.js';
import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import type { TokenDeps } from './redeem-token.js';

export interface AddressProof {
  /** The result of `redeemToken`: both the address and the user are locked. */
  readonly user: User;
  /** The proven address. */
  readonly email: string;
  readonly actor: Actor;
  /** Ends all sessions of the user. Called if the role changes. */
  endSessions(): Promise<unknown>;
}

/**
 * Gives a proven address to its user, and turns a pending registration into a user. Invalidates the links of
 * the other pending registrations for the address.
 * @throws AuthError TOKEN_INVALID if another user has the address
 */
export async function proveAddress(deps: TokenDeps, tx: Database, proof: AddressProof): Promise<User> {
  const { user: seen, email } = proof;
  const { users, tokens } = deps;
  const owner = await users.findByEmail(email, tx);
  if (owner !== undefined && owner.id !== seen.id) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  const role = await decideRole(deps, tx, proof);
  const user = await users.markVerified(tx, seen.id, { email, role });
  await tokens.invalidateOthers(tx, user);
  await recordProof(tx, proof, role);
  return user;
}

/**
 * Attack: an admin registers a second mailbox as ADMIN, is deactivated, and then follows the link to get an
 * admin account. So a granted role counts only if the admin who gave it is an active admin now (ASVS 8.3.2).
 */
async function decideRole(
  { users }: TokenDeps,
  tx: Database,
  { user, email, endSessions }: AddressProof,
): Promise<User['role'] | undefined> {
  const { grantedRole, roleGrantedBy } = user;
  // The role was meant for the registered mailbox, not for another one.
  if (grantedRole === null || roleGrantedBy === null || email !== user.email) return undefined;
  if (!(await users.isActiveAdmin(tx, roleGrantedBy))) return undefined;
  await endSessions();
  return grantedRole;
}

/** Records a refused role as well: it explains why the account is a customer's. */
async function recordProof(
  tx: Database,
  { user, actor }: AddressProof,
  role: User['role'] | undefined,
): Promise<void> {
  const { id: subjectId, emailVerified, pending, grantedRole, roleGrantedBy } = user;
  if (!emailVerified) {
    const isRefused = role === undefined && grantedRole !== null;
    const details = {
      ...(!pending && { accountExisted: true }),
      ...(isRefused && { roleRefused: grantedRole }),
    };
    await recordAudit(tx, actor, { type: 'EMAIL_VERIFIED', subjectId, details });
  }
  if (role === undefined || roleGrantedBy === null) return;
  const details = { from: user.role, to: role };
  // By the admin who granted the role, not by whoever follows the link.
  await recordAudit(tx, { ...actor, userId: roleGrantedBy }, { type: 'ROLE_CHANGED', subjectId, details });
}
