import type { Database } from '../../platform/database.js';
import type { TokenDeps } from './redeem-token.js';

/**
 * Invalidates all links and challenges of a user whose row is locked, and those that operations in progress
 * are about to issue. Call it for every change of password, address or role, and for a deactivation.
 */
export async function invalidateTokens(
  { users, tokens }: TokenDeps,
  tx: Database,
  userId: string,
): Promise<void> {
  await users.incrementCredentialsVersion(tx, userId);
  await tokens.invalidateAll(tx, userId);
}
