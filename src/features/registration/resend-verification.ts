import { parseFields } from '../../platform/input.js';
import { foldCase } from '../../platform/text.js';
import { parseEmailAddress } from '../accounts/index.js';
import type { RegistrationDeps } from './deps.js';
import { mailVerification, RESEND_JOB, type ResendRequest } from './mail-verification.js';

/** The input of the job: the registration or unverified user that somebody signed in to. */
export interface LinkRequest {
  readonly userId: string;
}

export const LINK_JOB = 'verification-after-sign-in';

/** Registrations that one resend mails. */
const MAX_MAILED = 5;

/**
 * Asks for another verification mail. Whether anybody waits for one is found out by a job, so that the answer
 * takes the same time for every address.
 * @throws AuthError BAD_USER_INPUT
 */
export async function requestVerificationMail(deps: RegistrationDeps, typed: string): Promise<void> {
  const { email } = parseFields({ email: () => parseEmailAddress(typed) });
  await deps.jobs.send<ResendRequest>(RESEND_JOB, { email }, deps.db);
}

/**
 * Mails new links to the newest registrations of an address, each by a mail that names it, or to the unverified
 * owner. The former links are void.
 */
export async function resendVerification(deps: RegistrationDeps, { email }: ResendRequest): Promise<void> {
  const { users, registrations, floodGuard, db } = deps;
  await db.transaction(async (tx) => {
    await users.lockAddress(tx, email);
    const owner = await users.findByEmail(email, tx);
    const waiting = owner ? [owner] : await registrations.findByEmail(email, MAX_MAILED, tx);
    if (waiting.length === 0 || owner?.emailVerified) return;
    // Before the tokens: one that is issued voids the one before, which may be the last that was mailed.
    if (!(await floodGuard.allows('verify-email:resend', email))) return;
    for (const { id } of waiting) {
      const user = await users.lock(tx, id);
      const stillWaits = user?.isActive && !user.emailVerified && foldCase(user.email) === foldCase(email);
      if (stillWaits) await mailVerification(deps, tx, user, undefined);
    }
  });
}

/** Asks for the link of a registration or unverified user again, after a sign-in with the right password. */
export async function requestLinkAgain(deps: RegistrationDeps, userId: string): Promise<void> {
  await deps.jobs.send<LinkRequest>(LINK_JOB, { userId }, deps.db);
}

/**
 * Mails the link of one registration again. Its budget is its own: strangers who register the same address, or ask
 * for its mails, do not use it up. If the address has an owner, the owner is told, within the owner's budget.
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
