import { parseFields } from '../../platform/input.js';
import { foldCase } from '../../platform/text.js';
import { parseEmailAddress } from '../accounts/index.js';
import type { RegistrationDeps } from './deps.js';
import { mailVerification, RESEND_JOB, type ResendRequest } from './mail-verification.js';

/** The payload of the job: the registration or unverified user whose password was used to sign in. */
export interface LinkRequest {
  readonly userId: string;
}

export const LINK_JOB = 'verification-after-sign-in';

/** One request mails the links of up to this many registrations. */
const MAX_REGISTRATIONS = 5;

/**
 * Requests another verification mail. A job looks up the address, so that the response time does not reveal
 * whether a registration is pending for it.
 * @throws AuthError BAD_USER_INPUT
 */
export async function requestVerificationMail(deps: RegistrationDeps, typed: string): Promise<void> {
  const { email } = parseFields({ email: () => parseEmailAddress(typed) });
  await deps.jobs.send<ResendRequest>(RESEND_JOB, { email }, deps.db);
}

/**
 * Mails new links for the newest pending registrations of an address, or for the unverified user who owns it.
 * Each registration gets its own mail, which names its username. The previous links stop working.
 */
export async function resendVerification(deps: RegistrationDeps, { email }: ResendRequest): Promise<void> {
  const { users, registrations, floodGuard, db } = deps;
  await db.transaction(async (tx) => {
    await users.lockAddress(tx, email);
    const owner = await users.findByEmail(email, tx);
    const unverified = owner ? [owner] : await registrations.findByEmail(email, MAX_REGISTRATIONS, tx);
    if (unverified.length === 0 || owner?.emailVerified) return;
    // Check the limit before issuing a token, because a new token revokes the previous token: if no mail may be
    // sent, the link of the last mail must stay valid.
    if (!(await floodGuard.allows('verify-email:resend', email))) return;
    for (const { id } of unverified) {
      const user = await users.lock(tx, id);
      const isStillUnverified =
        user?.isActive && !user.emailVerified && foldCase(user.email) === foldCase(email);
      if (isStillUnverified) await mailVerification(deps, tx, user, undefined);
    }
  });
}

/**
 * Requests the link of a registration or unverified user again, after a sign-in with the correct password.
 */
export async function requestLinkAgain(deps: RegistrationDeps, userId: string): Promise<void> {
  await deps.jobs.send<LinkRequest>(LINK_JOB, { userId }, deps.db);
}

/**
 * Mails the link of one registration again. The limit is keyed by user id, not by address: otherwise strangers
 * could exhaust it by registering the same address or by requesting its mails. If the address has an owner,
 * notifies the owner instead, within the limit of the address.
 */
export async function mailLinkAgain(deps: RegistrationDeps, { userId }: LinkRequest): Promise<void> {
  const { users, floodGuard, db } = deps;
  await db.transaction(async (tx) => {
    const seen = await users.findWithPending(userId, tx);
    if (seen === undefined) return;
    await users.lockAddress(tx, seen.email);
    const user = await users.lock(tx, userId);
    if (!user?.isActive || user.emailVerified || user.email !== seen.email) return;
    if (!(await floodGuard.allows('verify-email:sign-in', userId))) return;
    const owner = await users.findByEmail(user.email, tx);
    const isTaken = owner !== undefined && owner.id !== userId;
    if (isTaken && !(await floodGuard.allows('already-registered', user.email))) return;
    await mailVerification(deps, tx, user, owner, { again: true });
  });
}
