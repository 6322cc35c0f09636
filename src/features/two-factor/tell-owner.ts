import type { Database } from '../../platform/database.js';
import type { RequestOrigin } from '../../platform/principal.js';
import { nameInMails, type User } from '../accounts/index.js';
import type { TwoFactorDeps } from './deps.js';

/** Mails the owner that the second factor was switched on or off, when and from where. */
export async function tellOwner(
  { outbox, clock }: TwoFactorDeps,
  tx: Database,
  mail: 'two-factor-setup' | 'two-factor-disabled',
  user: User,
  { ipAddress, userAgent }: RequestOrigin,
): Promise<void> {
  const at = new Date(clock.now()).toISOString();
  await outbox.enqueue(tx, mail, user.email, { name: nameInMails(user), at, ipAddress, userAgent });
}
