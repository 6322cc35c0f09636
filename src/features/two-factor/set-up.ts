import { toDataURL } from 'qrcode';
import { recordAudit } from '../../audit/index.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { Principal, RequestOrigin } from '../../platform/principal.js';
import type { TwoFactorDeps } from './deps.js';
import { hashRecoveryCode, newRecoveryCodes } from './recovery-code.js';
import { sealSecret } from './sealed-secret.js';
import { newSecret, otpauthUri } from './totp.js';

/** All of it is shown this once. */
export interface Setup {
  readonly secretKey: string;
  readonly otpauthUri: string;
  readonly qrCode: string;
  readonly recoveryCodes: string[];
  readonly expiresAt: Date;
}

/**
 * Starts a second factor, which changes nothing until a code of it has confirmed it; a setup that waits is
 * replaced.
 *
 * Attack: a stolen access token sets up a factor of the thief's, or puts it over the owner's, and shuts the
 * owner out. So the password is asked for again (ASVS 7.5.1), and a confirmed factor is never overwritten.
 *
 * @throws AuthError TWO_FACTOR_ALREADY_ENABLED, or what the password is refused with
 */
export async function setUp(
  deps: TwoFactorDeps,
  caller: Principal,
  password: string,
  client: RequestOrigin,
): Promise<Setup> {
  const { userId } = caller;
  const { lock } = await deps.confirmPassword(caller, password);
  const secretKey = newSecret();
  const recoveryCodes = newRecoveryCodes();
  const sealed = sealSecret(deps.cipher, userId, secretKey);
  const { username, expiresAt } = await deps.db.transaction(async (tx) => {
    const user = await lock(tx);
    const expiresAt = await deps.store.startUnlessConfirmed(tx, userId, sealed);
    if (expiresAt === undefined) throw new AuthError(AuthErrorCode.TWO_FACTOR_ALREADY_ENABLED);
    await deps.store.replaceRecoveryCodes(tx, userId, recoveryCodes.map(hashRecoveryCode));
    await recordAudit(tx, { type: 'TWO_FACTOR_SETUP_STARTED', actorId: userId, subjectId: userId, client });
    return { username: user.username, expiresAt };
  });
  const uri = otpauthUri(secretKey, username);
  return { secretKey, otpauthUri: uri, qrCode: await toDataURL(uri), recoveryCodes, expiresAt };
}
