import { recordAudit } from '../../audit/index.js';
import type { Actor, RequestOrigin } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { parseFields } from '../../platform/input.js';
import { foldCase } from '../../platform/text.js';
import { parseEmailAddress } from '../accounts/index.js';
import { MINUTES } from '../one-time-tokens/index.js';
import type { PasswordDeps } from './deps.js';

/** The payload of the job: the address as it was typed, and the origin of the request. */
export interface ResetRequest {
  readonly email: string;
  readonly origin: RequestOrigin;
}

export const RESET_JOB = 'password-reset';

/** Links that one request mails, if several registrations wait for the address. */
const MAX_MAILED = 5;

/**
 * Asks for a link to set a new password. Whether anybody has the address is found out by a job, so that the
 * answer is the same and takes the same time for every address.
 * @throws AuthError BAD_USER_INPUT
 */
export async function requestReset(deps: PasswordDeps, actor: Actor, typed: string): Promise<void> {
  const { email } = parseFields({ email: () => parseEmailAddress(typed) });
  await deps.jobs.send<ResetRequest>(RESET_JOB, { email, origin: actor.origin }, deps.db);
}

/**
 * Mails the link to the address that is stored. A registration that waits is as good as a user: following the
 * link verifies the address. If several wait, each of the newest gets a link of its own, and the mail names it.
 */
export async function mailReset(deps: PasswordDeps, request: ResetRequest): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const { users, registrations, floodGuard } = deps;
    await users.holdAddress(tx, request.email);
    const owner = await users.findByEmail(request.email, tx);
    const found = owner ? [owner] : await registrations.findByEmail(request.email, MAX_MAILED, tx);
    if (found.length === 0) return;
    const mayMail = await floodGuard.allows('reset-password', request.email);
    for (const { id } of found) await mailLink(deps, tx, id, request, mayMail);
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
  // A change of address that came first has moved the account to another mailbox. A deactivated account gets no mail.
  if (!user?.isActive || foldCase(user.email) !== foldCase(email)) return;
  await recordAudit(tx, { origin }, { type: 'PASSWORD_RESET_REQUESTED', subjectId: user.id });
  // Not issued either: a token that is issued voids the one before, which may be the last that was mailed.
  if (!mayMail) return;
  const token = await tokens.issue(tx, 'RESET_PASSWORD', user.id);
  await notices.send(tx, { origin }, user, 'reset-password', {
    username: user.username,
    link: `${linkBase}/reset-password?token=${token}`,
    expiresIn: `${MINUTES.RESET_PASSWORD} minutes`,
  });
}
