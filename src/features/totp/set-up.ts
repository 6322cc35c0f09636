import { recordAudit } from '../../audit/index.js';
import type { SignedInActor } from '../../platform/actor.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { TypedPassword } from '../passwords/index.js';
import type { TotpDeps } from './deps.js';
import { sealSecret } from './sealed-secret.js';
import { newSecret, otpauthUri } from './totp.js';
import type { TotpSetup } from './totp.model.js';

/**
 * Starts a setup. It has no effect until a code confirms it. It replaces an unconfirmed setup.
 *
 * Attack: with a stolen access token, an attacker sets up a new factor or replaces the owner's factor, and so
 * locks the owner out. So the password or a recent authentication is required (ASVS 7.5.1), and a confirmed factor is
 * never replaced.
 *
 * @throws AuthError TWO_FACTOR_ALREADY_ENABLED, or an error of the password check
 */
export async function setUp(
  deps: TotpDeps,
  actor: SignedInActor,
  password: TypedPassword,
): Promise<TotpSetup> {
  const { userId } = actor;
  const { lock } = await deps.passwords.confirm(actor, password);
  const secretKey = newSecret();
  const sealed = sealSecret(deps.cipher, userId, secretKey);
  const { username, expiresAt, recoveryCodes } = await deps.db.transaction(async (tx) => {
    const user = await lock(tx);
    const expiresAt = await deps.store.startUnlessConfirmed(tx, userId, sealed);
    if (expiresAt === undefined) throw new AuthError(AuthErrorCode.TWO_FACTOR_ALREADY_ENABLED);
    const recoveryCodes = await deps.recoveryCodes.replace(tx, userId);
    await recordAudit(tx, actor, { type: 'TWO_FACTOR_SETUP_STARTED', subjectId: userId });
    return { username: user.username, expiresAt, recoveryCodes };
  });
  // Loaded at the first use, so that the start is quicker.
  const { toDataURL } = await import('qrcode');
  const uri = otpauthUri({ secret: secretKey, issuer: deps.issuer, username });
  return { secretKey, otpauthUri: uri, qrCode: await toDataURL(uri), recoveryCodes, expiresAt };
}
