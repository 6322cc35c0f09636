import { recordAudit } from '../../audit/index.js';
import type { SignedInActor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import type { Confirmation, SecondFactors } from '../second-factors/index.js';
import { hashRecoveryCode, newRecoveryCodes } from './recovery-code.js';
import type { RecoveryCodeStore } from './recovery-codes.store.js';

export interface RecoveryCodeDeps {
  readonly store: RecoveryCodeStore;
  readonly secondFactors: SecondFactors;
}

/**
 * Replaces the recovery codes of the actor by ten new codes. They are returned only once.
 * @throws AuthError as `confirmBothFactors`
 */
export function regenerateRecoveryCodes(
  { store, secondFactors }: RecoveryCodeDeps,
  actor: SignedInActor,
  confirmation: Confirmation,
): Promise<string[]> {
  return secondFactors.confirmBothFactors(actor, confirmation, async (tx, { user }) => {
    const codes = await replaceCodes(store, tx, user.id);
    await recordAudit(tx, actor, { type: 'RECOVERY_CODES_REGENERATED', subjectId: user.id });
    return codes;
  });
}

/** Replaces the recovery codes of a user. The caller has locked the user. */
export async function replaceCodes(
  store: RecoveryCodeStore,
  tx: Database,
  userId: string,
): Promise<string[]> {
  const codes = newRecoveryCodes();
  await store.replace(tx, userId, codes.map(hashRecoveryCode));
  return codes;
}
