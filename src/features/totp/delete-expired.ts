import type { TotpDeps } from './deps.js';

const BATCH_SIZE = 1000;

/** Deletes expired setups and their recovery codes. */
export async function deleteExpiredSetups({ db, store, recoveryCodes }: TotpDeps): Promise<void> {
  let deleted: number;
  do {
    deleted = await db.transaction(async (tx) => {
      const userIds = await store.takeExpired(tx, BATCH_SIZE);
      await recoveryCodes.discard(tx, userIds);
      return userIds.length;
    });
  } while (deleted === BATCH_SIZE);
}
