import { recordAudit } from '../../audit/index.js';
import type { Actor } from '../../platform/actor.js';
import type { PasskeyDeps } from './deps.js';
import type { Passkey } from './passkey.model.js';

/**
 * Records a refused assertion whose signature counter has not grown, and warns the owner: the key may have been copied
 * (WebAuthn L3 §6.1.1). Runs in its own transaction, because that of a second factor is rolled back.
 */
export async function reportCopy(
  { db, users, notices }: Pick<PasskeyDeps, 'db' | 'users' | 'notices'>,
  { origin }: Actor,
  { id, name, userId }: Passkey,
): Promise<void> {
  await db.transaction(async (tx) => {
    const user = await users.lock(tx, userId);
    const details = { method: 'PASSKEY', reason: 'SIGNATURE_COUNTER', passkey: id, name };
    await recordAudit(tx, { origin }, { type: 'LOGIN_FAILED', subjectId: userId, details });
    if (user !== undefined) await notices.send(tx, { origin }, user, 'passkey-copied', { passkey: name });
  });
}
