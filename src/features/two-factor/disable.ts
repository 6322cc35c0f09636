import { recordAudit } from '../../audit/index.js';
import type { Principal, RequestOrigin } from '../../platform/principal.js';
import type { User } from '../accounts/index.js';
import type { TwoFactorDeps } from './deps.js';
import { spendCode } from './spend-code.js';
import { tellOwner } from './tell-owner.js';

export interface Confirmation {
  readonly password: string;
  /** A TOTP code or a recovery code. */
  readonly code: string;
}

/**
 * Removes the second factor. Both factors are asked for again: neither a stolen access token nor a stolen
 * password switches it off (ASVS 7.5.1).
 * @throws AuthError TWO_FACTOR_NOT_ENABLED, INVALID_TWO_FACTOR_CODE, ACCOUNT_LOCKED, or what the password is
 *   refused with
 */
export async function disable(
  deps: TwoFactorDeps,
  caller: Principal,
  { password, code }: Confirmation,
  client: RequestOrigin,
): Promise<User> {
  const { userId } = caller;
  const { lock } = await deps.confirmPassword(caller, password);
  return spendCode(deps, { userId, signedIn: true, lock, code, client }, async (tx, { user }) => {
    await deps.store.remove(tx, userId);
    await recordAudit(tx, { type: 'TWO_FACTOR_DISABLED', actorId: userId, subjectId: userId, client });
    await tellOwner(deps, tx, 'two-factor-disabled', user, client);
    return user;
  });
}
