import { recordAudit } from '../../audit/index.js';
import type { Actor, SignedInActor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode, badInput } from '../../platform/error.js';
import { parseFields } from '../../platform/input.js';
import { foldCase } from '../../platform/text.js';
import { nameInMails, parseEmailAddress, type User } from '../accounts/index.js';
import { MINUTES, proveAddress, redeemToken, voidOutstanding } from '../one-time-tokens/index.js';
import type { ProfileDeps } from './deps.js';

export interface EmailChange {
  readonly newEmail: string;
  readonly password: string;
}

/**
 * Asks for another address: a link goes to the new one, a notice to the old one, and nothing changes until the
 * link is followed. Where the new address is somebody else's, they are told instead, and the answer is the
 * same.
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
    // Whoever registered chose the new address, so a mail to an unverified address does not carry it.
    const newAddress = user.emailVerified ? newEmail : undefined;
    await deps.notices.send(tx, actor, user, 'email-change', { newEmail: newAddress });
  });
}

/** Either way one token is written (of use or not), and one mail; a deactivated account gets none. */
async function mailNewAddress(
  { tokens, outbox, floodGuard, linkBase }: ProfileDeps,
  tx: Database,
  user: User,
  newEmail: string,
  owner: User | undefined,
): Promise<void> {
  const decoy = owner !== undefined;
  // Before the token: one that is issued voids the one before, which may be the last that was mailed.
  if (!(await floodGuard.allows(decoy ? 'already-registered' : 'verify-email', newEmail))) return;
  const token = await tokens.issue(tx, 'CHANGE_EMAIL', user.id, { payload: { email: newEmail }, decoy });
  if (owner !== undefined) {
    const { username, email } = owner;
    if (owner.isActive)
      await outbox.enqueue(tx, 'already-registered', email, { name: nameInMails(owner), username });
    return;
  }
  await outbox.enqueue(tx, 'verify-email', newEmail, {
    username: user.username,
    link: `${linkBase}/verify-email?token=${token}`,
    expiresIn: `${MINUTES.CHANGE_EMAIL / 60} hours`,
    change: true,
  });
}

/**
 * Finishes a change of address by the token that was mailed to the new one; all other outstanding tokens are
 * void from here on.
 * @returns the new address
 * @throws AuthError TOKEN_INVALID, also where somebody else has the address by now
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
    await voidOutstanding(deps, tx, id);
    await recordAudit(tx, actor, { type: 'EMAIL_CHANGED', subjectId: id });
    return email;
  });
}
