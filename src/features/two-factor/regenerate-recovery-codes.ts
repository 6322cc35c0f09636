import { recordAudit } from '../../audit/index.js';
import type { Principal, RequestOrigin } from '../../platform/principal.js';
import type { TwoFactorDeps } from './deps.js';
import type { Confirmation } from './disable.js';
import { hashRecoveryCode, newRecoveryCodes } from './recovery-code.js';
import { spendCode } from './spend-code.js';

/**
 * Ten new recovery codes, shown this once; the ones that were left are void.
 * @throws AuthError TWO_FACTOR_NOT_ENABLED, INVALID_TWO_FACTOR_CODE, ACCOUNT_LOCKED, or what the password is
 *   refused with
 */
export async function regenerateRecoveryCodes(
  deps: TwoFactorDeps,
  caller: Principal,
  { password, code }: Confirmation,
  client: RequestOrigin,
): Promise<string[]> {
  const { userId } = caller;
  const { lock } = await deps.confirmPassword(caller, password);
  const codes = newRecoveryCodes();
  return spendCode(deps, { userId, signedIn: true, lock, code, client }, async (tx) => {
    await deps.store.replaceRecoveryCodes(tx, userId, codes.map(hashRecoveryCode));
    await recordAudit(tx, { type: 'RECOVERY_CODES_REGENERATED', actorId: userId, subjectId: userId, client });
    return codes;
  });
}
