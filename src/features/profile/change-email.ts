import { recordAudit } from '../../audit/index.js';
import type { Actor, SignedInActor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode, badInput } from '../../platform/error.js';
import { parseFields } from '../../platform/input.js';
import { foldCase } from '../../platform/text.js';
import { parseEmailAddress, type User } from '../accounts/index.js';
import {
  invalidateTokens,
  proveAddress,
  redeemToken,
  TOKEN_LIFETIME_MINUTES,
} from '../one-time-tokens/index.js';
import type { TypedPassword } from '../passwords/index.js';
import type { ProfileDeps } from './deps.js';

export interface EmailChange {
  readonly newEmail: string;
  readonly password?: TypedPassword;
}

/**
 * Requests an email change. Mails a link to the new address and a notice to the current address. The address
 * changes when the user follows the link. If another user owns the new address, that user gets a notice
 * instead of the link, and the answer is the same.
 * @throws AuthError BAD_USER_INPUT, INVALID_CREDENTIALS, ACCOUNT_LOCKED, UNAUTHENTICATED
 */
export async function requestEmailChange(
  deps: ProfileDeps,
  actor: SignedInActor,
  input: EmailChange,
): Promise<void> {
  const { newEmail } = parseFields({ newEmail: () => parseEmailAddress(input.newEmail, 'newEmail') });
  const confirmed = await deps.passwords.confirm(actor, input.password);
  if (foldCase(newEmail) === foldCase(confirmed.user.email)) {
    throw badInput({ field: 'newEmail', message: 'Is the address of the account already.' });
  }
  await deps.db.transaction(async (tx) => {
    const user = await confirmed.lock(tx);
    const owner = await deps.users.findByEmail(newEmail, tx);
    await mailNewAddress(deps, tx, user, newEmail, owner);
    // An unverified address may belong to a stranger. The notice to it omits the new address, because anybody
    // who registers the stranger's address can choose that text.
    const shownEmail = user.emailVerified ? newEmail : undefined;
    await deps.notices.send(tx, actor, user, 'email-change', { newEmail: shownEmail });
  });
}

/**
 * Both paths write one token (a decoy if the address has an owner) and one mail, so that the response time
 * does not reveal whether the address is taken.
 */
async function mailNewAddress(
  { tokens, outbox, notices, floodGuard, linkBase }: ProfileDeps,
  tx: Database,
  user: User,
  newEmail: string,
  owner: User | undefined,
): Promise<void> {
  const decoy = owner !== undefined;
  // Check the limit before issuing a token, because a new token revokes the previous token: if no mail may be
  // sent, the link of the last mail must stay valid.
  if (!(await floodGuard.allows(decoy ? 'already-registered' : 'verify-email', newEmail))) return;
  const token = await tokens.issue(tx, 'CHANGE_EMAIL', user.id, { payload: { email: newEmail }, decoy });
  if (owner !== undefined) return notices.alreadyRegistered(tx, owner);
  await outbox.enqueue(tx, 'verify-email', newEmail, {
    username: user.username,
    link: `${linkBase}/verify-email?token=${token}`,
    expiresIn: `${TOKEN_LIFETIME_MINUTES.CHANGE_EMAIL / 60} hours`,
    change: true,
  });
}

/**
 * Completes an email change with the token that was mailed to the new address. Revokes all other outstanding
 * tokens of the user.
 * @returns the new address
 * @throws AuthError TOKEN_INVALID, also if another user has the address by now
 */
export async function confirmEmailChange(deps: ProfileDeps, actor: Actor, token: string): Promise<string> {
  return deps.db.transaction(async (tx) => {
    const { user: before, payload } = await redeemToken(deps, tx, 'CHANGE_EMAIL', token);
    const { email } = payload;
    if (email === undefined) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
    const { id } = await proveAddress(deps, tx, {
      user: before,
      email,
      actor,
      endSessions: () => deps.sessions.endAll(tx, before.id, 'ROLE_CHANGED'),
    });
    await invalidateTokens(deps, tx, id);
    await recordAudit(tx, actor, { type: 'EMAIL_CHANGED', subjectId: id });
    return email;
  });
}
