import { and, eq, not } from 'drizzle-orm';
import { anyOf } from '../../platform/columns.js';
import type { Database } from '../../platform/database.js';
import type { UserCondition } from '../accounts/index.js';
import { recoveryCodes } from './recovery-codes.table.js';

const ofUser = (userId: string) => eq(recoveryCodes.userId, userId);

/** The hashes of unused recovery codes. Each method runs in the transaction of the caller. */
export class RecoveryCodeStore {
  async hasAny(tx: Database, userId: string): Promise<boolean> {
    const rows = await tx
      .select({ userId: recoveryCodes.userId })
      .from(recoveryCodes)
      .where(ofUser(userId))
      .limit(1);
    return rows.length > 0;
  }

  /** Consumes a code. Of concurrent attempts with the same code, only one deletes the row. */
  async consumeOnce(tx: Database, userId: string, hash: Buffer): Promise<boolean> {
    const rows = await tx
      .delete(recoveryCodes)
      .where(and(ofUser(userId), eq(recoveryCodes.hash, hash)))
      .returning({ userId: recoveryCodes.userId });
    return rows.length === 1;
  }

  /** Replaces all codes of a user. */
  async replace(tx: Database, userId: string, hashes: readonly Buffer[]): Promise<void> {
    await this.deleteAll(tx, userId);
    await tx.insert(recoveryCodes).values(hashes.map((hash) => ({ userId, hash })));
  }

  /** Deletes the codes of users without a second factor, which are left from an unconfirmed setup. */
  async discard(tx: Database, userIds: readonly string[], enabledFor: UserCondition): Promise<void> {
    if (userIds.length === 0) return;
    await tx
      .delete(recoveryCodes)
      .where(and(anyOf(recoveryCodes.userId, userIds, 'uuid'), not(enabledFor(recoveryCodes.userId))));
  }

  async deleteAll(tx: Database, userId: string): Promise<void> {
    await tx.delete(recoveryCodes).where(ofUser(userId));
  }
}
