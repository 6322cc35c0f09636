import { recordAudit } from '../../audit/index.js';
import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import {
  type Factor,
  type FactorResponse,
  TwoFactorMethod,
  withOneTimeCode,
} from '../second-factors/index.js';
import { hashOfTypedCode } from './recovery-code.js';
import type { RecoveryCodeStore } from './recovery-codes.store.js';

/** Recovery codes, the alternative to every other factor. */
export class RecoveryCodesFactor implements Factor {
  readonly method = TwoFactorMethod.RECOVERY_CODE;
  readonly amr = withOneTimeCode;

  constructor(readonly store: RecoveryCodeStore) {}

  accepts({ code }: FactorResponse): boolean {
    return code != null && hashOfTypedCode(code) !== undefined;
  }

  offered(tx: Database, userId: string): Promise<boolean> {
    return this.store.hasAny(tx, userId);
  }

  async verify(tx: Database, actor: Actor, userId: string, { code }: FactorResponse): Promise<boolean> {
    const hash = hashOfTypedCode(code ?? '');
    if (hash === undefined || !(await this.store.consumeOnce(tx, userId, hash))) return false;
    await recordAudit(tx, actor, { type: 'RECOVERY_CODE_USED', subjectId: userId });
    return true;
  }

  /** Codes alone are no second factor. */
  async remove(tx: Database, userId: string): Promise<boolean> {
    await this.store.deleteAll(tx, userId);
    return false;
  }
}
