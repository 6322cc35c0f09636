import type { TotpDeps } from './deps.js';

const BATCH = 1000;

/** Deletes setups that nobody confirmed in time, with the recovery codes that came with them. */
export async function deleteExpiredSetups({ db, store, recoveryCodes }: TotpDeps): Promise<void> {
  let deleted: number;
  do {
    deleted = await db.transaction(async (tx) => {
      const userIds = await store.takeExpired(tx, BATCH);
      await recoveryCodes.discard(tx, userIds);
      return userIds.length;
    });
  } while (deleted === BATCH);
}
