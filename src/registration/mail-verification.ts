import type { User } from '../accounts/index.js';
import { MINUTES } from '../one-time-tokens/index.js';
import type { Database } from '../platform/database.js';
import type { RegistrationParts } from './parts.js';

/**
 * Mails the link that makes a user of a registration or, where its address has an owner already, tells the
 * owner. Either way one token is written (of use or not), one mail, one count.
 */
export async function mailVerification(
  parts: RegistrationParts,
  tx: Database,
  user: User,
  owner: User | undefined,
): Promise<void> {
  const template = owner === undefined ? 'verify-email' : 'already-registered';
  // Before the token: one that is issued voids the one before, which may be the last that was mailed.
  if (!(await parts.floodGuard.allows(template, user.email))) return;
  const token = await parts.tokens.issue(tx, 'VERIFY_EMAIL', user.id, { stillborn: owner !== undefined });
  if (owner !== undefined) {
    const { username, displayName, email } = owner;
    await parts.outbox.enqueue(tx, 'already-registered', email, { name: displayName ?? username, username });
    return;
  }
  await parts.outbox.enqueue(tx, 'verify-email', user.email, {
    username: user.username,
    link: `${parts.linkBase}/verify-email?token=${token}`,
    expiresIn: `${MINUTES.VERIFY_EMAIL / 60} hours`,
  });
}
