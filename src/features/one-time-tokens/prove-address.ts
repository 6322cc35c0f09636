import { recordAudit } from '../../audit/index.js';
import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import type { TokenDeps } from './redeem-token.js';

export interface Proof {
  /** As returned by `redeemToken`, so that both the address and the user are locked. */
  readonly user: User;
  /** The proven address. */
  readonly email: string;
  readonly actor: Actor;
  /** Ends all sessions of the user; called if the role changes. */
  endSessions(): Promise<unknown>;
}

/**
 * Gives a proven address to its user, and makes a user of a registration. The other registrations that wait for the
 * address lose their links.
 * @throws AuthError TOKEN_INVALID if another user has the address
 */
export async function proveAddress(deps: TokenDeps, tx: Database, proof: Proof): Promise<User> {
  const { user: seen, email } = proof;
  const { users, tokens } = deps;
  const owner = await users.findByEmail(email, tx);
  if (owner !== undefined && owner.id !== seen.id) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  const role = await decideRole(deps, tx, proof);
  const user = await users.markVerified(tx, seen.id, { email, role });
  await tokens.voidRivals(tx, user);
  await audit(tx, proof, role);
  return user;
}

/**
 * Attack: an admin registers a second mailbox as ADMIN and is deactivated; following the link later makes an admin
 * of it. So a role that was given at registration counts only if whoever gave it is an active admin now (ASVS 8.3.2).
 */
async function decideRole(
  { users }: TokenDeps,
  tx: Database,
  { user, email, endSessions }: Proof,
): Promise<User['role'] | undefined> {
  const { grantedRole, roleGrantedBy } = user;
  // Given to whoever reads the registered mailbox, not another one.
  if (grantedRole === null || roleGrantedBy === null || email !== user.email) return undefined;
  if (!(await users.isActiveAdmin(tx, roleGrantedBy))) return undefined;
  await endSessions();
  return grantedRole;
}

/** A role that was refused is named too: it explains why the account is a customer's. */
async function audit(tx: Database, { user, actor }: Proof, role: User['role'] | undefined): Promise<void> {
  const { id: subjectId, emailVerified, grantedRole, roleGrantedBy } = user;
  if (!emailVerified) {
    const refused = role === undefined && grantedRole !== null && { details: { roleRefused: grantedRole } };
    await recordAudit(tx, actor, { type: 'EMAIL_VERIFIED', subjectId, ...refused });
  }
  if (role === undefined || roleGrantedBy === null) return;
  const details = { from: user.role, to: role };
  await recordAudit(tx, actor, { type: 'ROLE_CHANGED', subjectId, details });
}
