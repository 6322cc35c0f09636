import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import {
  type Factor,
  type FactorResponse,
  TwoFactorMethod,
  withOneTimeCode,
} from '../second-factors/index.js';
import type { TotpDeps } from './deps.js';
import { openSecret } from './sealed-secret.js';
import { readCode, stepOf } from './totp.js';
import { confirmedTotpFor } from './totp.store.js';

/** Time-based one-time passwords of an authenticator app (RFC 6238). */
export class TotpFactor implements Factor {
  readonly method = TwoFactorMethod.TOTP;
  readonly enabledFor = confirmedTotpFor;
  readonly reauthenticates = 'TOTP';
  readonly amr = withOneTimeCode;

  constructor(readonly deps: Pick<TotpDeps, 'store' | 'cipher' | 'clock'>) {}

  accepts({ code }: FactorResponse): boolean {
    return code != null && readCode(code) !== undefined;
  }

  async offered(tx: Database, userId: string): Promise<boolean> {
    return (await this.deps.store.find(tx, userId))?.state === 'CONFIRMED';
  }

  async verify(tx: Database, _actor: Actor, userId: string, { code }: FactorResponse): Promise<boolean> {
    const { store, cipher, clock } = this.deps;
    const digits = readCode(code ?? '');
    const totp = await store.find(tx, userId);
    if (digits === undefined || totp?.state !== 'CONFIRMED') return false;
    const step = stepOf(digits, openSecret(cipher, userId, totp.sealedSecret), clock.now());
    return step !== undefined && (await store.claimStep(tx, userId, step));
  }

  async remove(tx: Database, userId: string): Promise<boolean> {
    const wasConfirmed = await this.offered(tx, userId);
    await this.deps.store.delete(tx, userId);
    return wasConfirmed;
  }
}
