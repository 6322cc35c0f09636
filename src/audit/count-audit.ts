import { countNext } from './count.store.js';
import type { ChainDeps } from './seal-audit.js';

/** Rows of one transaction: about a tenth of a second. */
const BATCH_SIZE = 20_000;
/** A run ends before its job expires. The next run goes on. */
const MAX_BATCHES = 500;

/**
 * Counts sealed rows by hour in `audit_counts`. No row can appear before a sealed one.
 * @returns whether all sealed rows are counted
 */
export async function countAudit({ store }: ChainDeps): Promise<boolean> {
  for (let batches = 0; batches < MAX_BATCHES; batches += 1) {
    const rows = await store.exclusively(async (tx) =>
      countNext(tx, (await store.end(tx))?.eventId ?? 0n, BATCH_SIZE),
    );
    if (rows < BATCH_SIZE) return true;
  }
  return false;
}
