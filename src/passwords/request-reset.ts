import { parseEmailAddress } from '../accounts/index.js';
import { recordAudit } from '../audit/index.js';
import { MINUTES } from '../one-time-tokens/index.js';
import { parseFields } from '../platform/input.js';
import type { Client } from '../platform/principal.js';
import type { PasswordParts } from './passwords.js';

/** What the job is told: the address as it was asked for, and who asked. */
export interface ResetRequest {
  readonly email: string;
  readonly client: Client;
}

export const RESET_JOB = 'password-reset';

/**
 * Asks for a link to set a new password. Whether anybody has the address is found out by a job, so that the
 * answer is the same and takes the same time for every address.
 * @throws AuthError BAD_USER_INPUT
 */
export async function requestReset(parts: PasswordParts, typed: string, client: Client): Promise<void> {
  const { email } = parseFields({ email: () => parseEmailAddress(typed) });
  await parts.jobs.send<ResetRequest>(RESET_JOB, { email, client }, parts.db);
}

/**
 * Mails the link to the address that is stored. A registration that waits is as good as a user: following the
 * link verifies the address. A deactivated account gets no mail.
 */
export async function mailReset(parts: PasswordParts, { email, client }: ResetRequest): Promise<void> {
  await parts.db.transaction(async (tx) => {
    const user =
      (await parts.users.findByEmail(email, tx)) ?? (await parts.users.findPendingByEmail(email, tx));
    if (!user?.isActive) return;
    await recordAudit(tx, { type: 'PASSWORD_RESET_REQUESTED', subjectId: user.id, client });
    if (!(await parts.floodGuard.allows('reset-password', user.email))) return;
    const token = await parts.tokens.issue(tx, 'RESET_PASSWORD', user.id);
    await parts.outbox.enqueue(tx, 'reset-password', user.email, {
      name: user.displayName ?? user.username,
      link: `${parts.linkBase}/reset-password?token=${token}`,
      expiresIn: `${MINUTES.RESET_PASSWORD} minutes`,
      at: new Date().toISOString(),
      ipAddress: client.ipAddress,
      userAgent: client.userAgent,
    });
  });
}
