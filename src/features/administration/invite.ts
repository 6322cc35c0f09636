import type { Database } from '../../platform/database.js';
import type { User } from '../accounts/index.js';
import { TOKEN_LIFETIME_MINUTES } from '../one-time-tokens/index.js';
import type { AdministrationDeps } from './deps.js';

/**
 * Mails the user a link to set a password.
 * @returns the link
 */
export async function invite(
  { tokens, outbox, linkBase }: Pick<AdministrationDeps, 'tokens' | 'outbox' | 'linkBase'>,
  tx: Database,
  user: User,
): Promise<string> {
  const token = await tokens.issue(tx, 'INVITATION', user.id);
  const link = `${linkBase}/accept-invitation?token=${token}`;
  await outbox.enqueue(tx, 'invitation', user.email, {
    name: user.displayName ?? user.username,
    username: user.username,
    link,
    expiresIn: `${TOKEN_LIFETIME_MINUTES.INVITATION / 60} hours`,
  });
  return link;
}
