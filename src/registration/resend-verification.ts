import { parseEmailAddress } from '../accounts/index.js';
import { parseFields } from '../platform/input.js';
import { mailVerification } from './mail-verification.js';
import type { RegistrationParts } from './parts.js';

/** What the job is told: the address as it was asked for. */
export interface ResendRequest {
  readonly email: string;
}

export const RESEND_JOB = 'resend-verification';

/**
 * Asks for another verification mail. Whether anybody waits for one is found out by a job, so that the answer
 * takes the same time for every address.
 * @throws AuthError BAD_USER_INPUT
 */
export async function requestVerificationMail(parts: RegistrationParts, typed: string): Promise<void> {
  const { email } = parseFields({ email: () => parseEmailAddress(typed) });
  await parts.jobs.send<ResendRequest>(RESEND_JOB, { email }, parts.db);
}

/** Mails the newest registration (or unverified user) of an address a new link; the former one is void. */
export async function resendVerification(parts: RegistrationParts, { email }: ResendRequest): Promise<void> {
  await parts.db.transaction(async (tx) => {
    const owner = await parts.users.findByEmail(email, tx);
    if (owner?.emailVerified === true) return;
    const waiting = owner ?? (await parts.users.findPendingByEmail(email, tx));
    if (waiting !== undefined) await mailVerification(parts, tx, waiting, undefined);
  });
}
