import type { Database } from '../../platform/database.js';
import type { TokenDeps } from './redeem-token.js';

/**
 * Voids all links and challenges of a user whose row is locked, and those that operations in progress are about to
 * issue. Belongs to every change of password, address or role, and to a deactivation.
 */
export async function voidOutstanding(
  { users, tokens }: TokenDeps,
  tx: Database,
  userId: string,
): Promise<void> {
  await users.moveCredentials(tx, userId);
  await tokens.voidAll(tx, userId);
}
