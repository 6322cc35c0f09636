import { recordAudit } from '../../audit/index.js';
import type { Actor, RequestOrigin } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { parseFields } from '../../platform/input.js';
import { foldCase } from '../../platform/text.js';
import { parseEmailAddress } from '../accounts/index.js';
import { TOKEN_LIFETIME_MINUTES } from '../one-time-tokens/index.js';
import type { PasswordDeps } from './deps.js';

/** The payload of the job. */
export interface ResetRequest {
  readonly email: string;
  readonly origin: RequestOrigin;
}

export const RESET_JOB = 'password-reset';

/** Links that one request mails if several pending registrations have the address. */
const MAX_LINKS = 5;

/**
 * Requests a link to set a new password. A job looks up the address, so that the response and its time are
 * the same whether or not the address has an account.
 * @throws AuthError BAD_USER_INPUT
 */
export async function requestReset(deps: PasswordDeps, actor: Actor, typed: string): Promise<void> {
  const { email } = parseFields({ email: () => parseEmailAddress(typed) });
  await deps.jobs.send<ResetRequest>(RESET_JOB, { email, origin: actor.origin }, deps.db);
}

/**
 * Mails the link to the stored address. A pending registration gets a link like a user, because following the
 * link verifies the address. If there are several, each of the newest gets its own link, and the mail names
 * the username.
 */
export async function mailReset(deps: PasswordDeps, request: ResetRequest): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const { users, registrations, floodGuard } = deps;
    await users.lockAddress(tx, request.email);
    const owner = await users.findByEmail(request.email, tx);
    const recipients = owner ? [owner] : await registrations.findByEmail(request.email, MAX_LINKS, tx);
    if (recipients.length === 0) return;
    const mayMail = await floodGuard.allows('reset-password', request.email);
    for (const { id } of recipients) await mailLink(deps, tx, id, request, mayMail);
  });
}

async function mailLink(
  { users, tokens, notices, linkBase }: PasswordDeps,
  tx: Database,
  userId: string,
  { email, origin }: ResetRequest,
  mayMail: boolean,
): Promise<void> {
  const user = await users.lock(tx, userId);
  // The account may have moved to another address before the lock. A deactivated account gets no mail.
  if (!user?.isActive || foldCase(user.email) !== foldCase(email)) return;
  await recordAudit(tx, { origin }, { type: 'PASSWORD_RESET_REQUESTED', subjectId: user.id });
  // A token without a mail would invalidate the previous one, which may be the last that was mailed.
  if (!mayMail) return;
  const token = await tokens.issue(tx, 'RESET_PASSWORD', user.id);
  await notices.send(tx, { origin }, user, 'reset-password', {
    username: user.username,
    link: `${linkBase}/reset-password?token=${token}`,
    expiresIn: `${TOKEN_LIFETIME_MINUTES.RESET_PASSWORD} minutes`,
  });
}
