import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { User, UserStore } from '../accounts/index.js';
import type { Payload } from './one-time-token.model.js';
import type { OneTimeTokenStore } from './one-time-token.store.js';
import type { Purpose } from './purpose.js';

/** Tokens that were mailed. Whoever has one of them owns the mailbox. */
const PROVES_ADDRESS: ReadonlySet<Purpose> = new Set([
  'VERIFY_EMAIL',
  'CHANGE_EMAIL',
  'RESET_PASSWORD',
  'INVITATION',
]);

export interface TokenDeps {
  readonly users: UserStore;
  readonly tokens: OneTimeTokenStore;
}

export interface RedeemedToken {
  /** Locked until the transaction ends. */
  readonly user: User;
  readonly payload: Payload;
}

/**
 * Consumes a token in the lock order of the gateway: the address that the token proves, its user, the token.
 * @throws AuthError TOKEN_INVALID, also if the user is deactivated
 */
export async function redeemToken(
  { users, tokens }: TokenDeps,
  tx: Database,
  purpose: Purpose,
  token: string,
): Promise<RedeemedToken> {
  const { userId, payload } = await tokens.peek(purpose, token, tx);
  if (PROVES_ADDRESS.has(purpose)) {
    const email = payload?.email ?? (await users.findWithPending(userId, tx))?.email;
    if (email !== undefined) await users.lockAddress(tx, email);
  }
  const user = await users.lock(tx, userId);
  // A change of address invalidates the token. So if the token is still valid, the locked address is current.
  const consumed = await tokens.consumeOnce(tx, purpose, token);
  if (!user?.isActive) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  return { user, payload: consumed.payload ?? {} };
}
