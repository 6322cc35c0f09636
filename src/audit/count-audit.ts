import { countNext, readProgress } from './count.store.js';
import { rangeOfIds } from './month.js';
import { EVENTS, readSpans } from './month.store.js';
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
  const upTo = (await store.end(store.db))?.eventId ?? 0n;
  if ((await readProgress(store.db)) >= upTo) return true;
  // They do not know rows that are sealed later, so `upTo` stays.
  const spans = await readSpans(store.db, EVENTS);
  for (let batches = 0; batches < MAX_BATCHES; batches += 1) {
    const rows = await store.exclusively(async (tx) => {
      const range = rangeOfIds(spans, await readProgress(tx), upTo);
      return range === undefined ? 0 : countNext(tx, upTo, BATCH_SIZE, range);
    });
    if (rows < BATCH_SIZE) return true;
  }
  return false;
}
