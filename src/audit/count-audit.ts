import { countNext, readProgress } from './count.store.js';
import { rangeOfIds, type Span } from './month.js';
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
  // Fixed at the first batch: the spans do not know rows that are sealed later.
  let target: { readonly upTo: bigint; readonly spans: readonly Span[] } | undefined;
  for (let batches = 0; batches < MAX_BATCHES; batches += 1) {
    const rows = await store.exclusively(async (tx) => {
      const after = await readProgress(tx);
      const upTo = target?.upTo ?? (await store.end(tx))?.eventId ?? 0n;
      if (after >= upTo) return 0;
      target ??= { upTo, spans: await readSpans(tx, EVENTS) };
      const range = rangeOfIds(target.spans, after, upTo);
      return range === undefined ? 0 : countNext(tx, upTo, BATCH_SIZE, range);
    });
    if (rows < BATCH_SIZE) return true;
  }
  return false;
}
