import type { Database } from '../platform/database.js';
import { newestAnchor, oldestSealed, pruneTo } from './anchor.store.js';
import { readProgress } from './count.store.js';
import { countAudit } from './count-audit.js';
import type { ChainDeps } from './seal-audit.js';
import { verifyAudit } from './verify-audit.js';

/** Rows of one transaction, which writes one anchor. */
const BATCH_SIZE = 2000;

/**
 * Deletes the oldest sealed rows, up to the first that is not older than `days`. Counts them first, because the
 * statistics outlive the rows.
 * @throws Error if the chain is broken: the evidence must not be deleted
 */
export async function pruneAudit(deps: ChainDeps, days: number): Promise<number> {
  const { broken } = await verifyAudit(deps);
  if (broken !== undefined) {
    throw new Error(
      `the audit log is broken at event ${broken.eventId} (${broken.fault}): nothing was pruned`,
    );
  }
  while (!(await countAudit(deps)));
  for (let count = 0; ; ) {
    const pruned = await deps.store.exclusively((tx) => pruneBatch(deps, tx, days));
    count += pruned;
    if (pruned < BATCH_SIZE) return count;
  }
}

async function pruneBatch({ seals }: ChainDeps, tx: Database, days: number): Promise<number> {
  const rows = await oldestSealed(tx, days, BATCH_SIZE);
  const countedTo = await readProgress(tx);
  const firstKept = rows.findIndex(({ isOld, eventId }) => !isOld || eventId > countedTo);
  const count = firstKept < 0 ? rows.length : firstKept;
  const last = rows[count - 1];
  if (last === undefined) return 0;
  const before = await newestAnchor(tx);
  const anchor = { eventId: last.eventId, lastSeal: last.seal, prunedAt: last.now };
  await pruneTo(tx, { ...anchor, seal: seals.sealAnchor(anchor, before?.seal) });
  return count;
}
