import { type NewUser, parseDisplayName, parseEmailAddress, parseUsername } from '../accounts/index.js';
import { recordAudit } from '../audit/index.js';
import { checkConfirmation, checkNewPassword } from '../passwords/index.js';
import { violatedUnique } from '../platform/database.js';
import { AuthError, AuthErrorCode } from '../platform/error.js';
import { parseFields } from '../platform/input.js';
import { type Client, hasRole, type Principal, Role } from '../platform/principal.js';
import { mailVerification } from './mail-verification.js';
import type { RegistrationParts } from './parts.js';

export interface Registration {
  readonly username: string;
  readonly email: string;
  readonly password: string;
  readonly confirmPassword: string;
  readonly displayName?: string | null | undefined;
  readonly role?: Role | null | undefined;
}

/** Days after which a registration that nobody verified gives its username free. */
const PENDING_DAYS = 7;

/**
 * Registers a person. Free address or taken, the same row is written, the same work done and the same answer
 * given; what differs is the mail, which only the owner of the address reads.
 *
 * @returns the address in its canonical form
 * @throws AuthError BAD_USER_INPUT, FORBIDDEN, USERNAME_TAKEN; EMAIL_TAKEN to signed-in staff only
 */
export async function register(
  parts: RegistrationParts,
  input: Registration,
  caller: Principal | null,
  client: Client,
): Promise<string> {
  const { username, email, displayName } = parseFields({
    username: () => parseUsername(input.username),
    email: () => parseEmailAddress(input.email),
    displayName: () => parseDisplayName(input.displayName),
    confirmPassword: () => checkConfirmation(input.password, input.confirmPassword),
  });
  const role = input.role ?? Role.CUSTOMER;
  refuseEscalation(role, caller);
  await checkNewPassword(input.password, { username, email });
  await refuseTakenUsername(parts, username);
  if (caller !== null && hasRole(caller.role, Role.STAFF)) await refuseTakenAddress(parts, email);
  const passwordHash = await parts.hashing.hash(input.password);
  await reserve(parts, { username, email, displayName, role, passwordHash }, caller, client);
  return email;
}

function refuseEscalation(role: Role, caller: Principal | null): void {
  if (role !== Role.CUSTOMER && caller?.role !== Role.ADMIN) throw new AuthError(AuthErrorCode.FORBIDDEN);
}

async function refuseTakenUsername({ users }: RegistrationParts, username: string): Promise<void> {
  if ((await users.findByUsernameWithPending(username)) !== undefined) {
    throw new AuthError(AuthErrorCode.USERNAME_TAKEN);
  }
}

async function refuseTakenAddress({ users }: RegistrationParts, email: string): Promise<void> {
  if ((await users.findByEmail(email)) !== undefined) throw new AuthError(AuthErrorCode.EMAIL_TAKEN);
}

/** Writes the pending row, the mail and the audit in one transaction. */
async function reserve(
  parts: RegistrationParts,
  person: NewUser,
  caller: Principal | null,
  client: Client,
): Promise<void> {
  try {
    await parts.db.transaction(async (tx) => {
      const owner = await parts.users.findByEmail(person.email, tx);
      const pending = owner !== undefined || parts.requireVerifiedEmail;
      const user = await parts.users.insert(tx, { ...person, pending, expiresAt: inDays(PENDING_DAYS) });
      await mailVerification(parts, tx, user, owner);
      await recordAudit(tx, { type: 'USER_REGISTERED', actorId: caller?.userId, subjectId: user.id, client });
    });
  } catch (error) {
    const violated = violatedUnique(error);
    if (violated === 'users_username_unique') throw new AuthError(AuthErrorCode.USERNAME_TAKEN);
    if (violated !== 'users_email_unique') throw error;
    // Somebody took the address between the look and the row: now it has an owner.
    await reserve(parts, person, caller, client);
  }
}

function inDays(days: number): Date {
  return new Date(Date.now() + days * 86_400_000);
}
