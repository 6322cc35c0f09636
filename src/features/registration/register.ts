import { recordAudit } from '../../audit/index.js';
import { type Actor, hasRole, Role, type SignedInActor } from '../../platform/actor.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import { parseFields } from '../../platform/input.js';
import {
  type NewUser,
  parseDisplayName,
  parseEmailAddress,
  parseUsername,
  withUsernameTakenError,
} from '../accounts/index.js';
import { checkConfirmation, checkNewPassword } from '../passwords/index.js';
import type { RegistrationDeps } from './deps.js';
import { mailVerification } from './mail-verification.js';

export interface NewRegistration {
  readonly username: string;
  readonly email: string;
  readonly password: string;
  readonly confirmPassword: string;
  readonly displayName?: string | null | undefined;
  readonly role?: Role | null | undefined;
}

/** An unverified registration expires after this many days. After that, the username is available again. */
const PENDING_DAYS = 7;

/**
 * Registers a user.
 *
 * Attack: an attacker registers an address to find out whether it has an account. So for a free and a taken
 * address, the gateway writes the same row, does the same work and returns the same answer. Only the mail
 * differs, and only the owner of the address reads it.
 *
 * A role other than CUSTOMER takes effect at the verification, see `proveAddress`.
 *
 * @returns the address in its canonical form
 * @throws AuthError BAD_USER_INPUT, FORBIDDEN, USERNAME_TAKEN; EMAIL_TAKEN to signed-in staff only
 */
export async function register(
  deps: RegistrationDeps,
  actor: Actor,
  input: NewRegistration,
): Promise<string> {
  const { username, email, displayName } = parseFields({
    username: () => parseUsername(input.username),
    email: () => parseEmailAddress(input.email),
    displayName: () => parseDisplayName(input.displayName),
    confirmPassword: () => checkConfirmation(input.password, input.confirmPassword),
  });
  const role = input.role ?? Role.CUSTOMER;
  refuseEscalation(actor, role);
  await checkNewPassword(deps, input.password, { username, email });
  await refuseTakenUsername(deps, username);
  if (actor.role !== undefined && hasRole(actor.role, Role.STAFF)) await refuseTakenAddress(deps, email);
  const passwordHash = await deps.hashing.hash(input.password);
  await insertRegistration(deps, actor, { username, email, displayName, role, passwordHash });
  return email;
}

function refuseEscalation(actor: Actor, role: Role): void {
  if (role !== Role.CUSTOMER && actor.role !== Role.ADMIN) throw new AuthError(AuthErrorCode.FORBIDDEN);
}

async function refuseTakenUsername({ users }: RegistrationDeps, username: string): Promise<void> {
  if ((await users.findByUsernameWithPending(username)) !== undefined) {
    throw new AuthError(AuthErrorCode.USERNAME_TAKEN);
  }
}

async function refuseTakenAddress({ users }: RegistrationDeps, email: string): Promise<void> {
  if ((await users.findByEmail(email)) !== undefined) throw new AuthError(AuthErrorCode.EMAIL_TAKEN);
}

/** Writes the user, the mail and the audit event in one transaction. */
async function insertRegistration(
  deps: RegistrationDeps,
  actor: Actor,
  { role, ...person }: NewUser,
): Promise<void> {
  const { users, registrations, floodGuard, sessions, stepUp } = deps;
  const grant = role === Role.CUSTOMER ? undefined : { grantedRole: role, roleGrantedBy: actor.userId };
  await withUsernameTakenError(() =>
    deps.db.transaction(async (tx) => {
      await users.lockAddress(tx, person.email);
      if (grant !== undefined) {
        await sessions.requireLive(tx, actor as SignedInActor);
        await stepUp.require(tx, actor as SignedInActor);
      }
      const owner = await users.findByEmail(person.email, tx);
      const pending = owner !== undefined || deps.requireVerifiedEmail;
      const user = await users.insert(tx, {
        ...person,
        ...grant,
        role: Role.CUSTOMER,
        pending,
        expiresInDays: PENDING_DAYS,
      });
      if (await floodGuard.allows(owner === undefined ? 'verify-email' : 'already-registered', user.email)) {
        await mailVerification(deps, tx, user, owner);
      }
      await registrations.deleteSurplus(tx, user.email);
      const details = { ...(!pending && { accountCreated: true }), ...(grant && { role }) };
      await recordAudit(tx, actor, { type: 'USER_REGISTERED', subjectId: user.id, details });
    }),
  );
}
