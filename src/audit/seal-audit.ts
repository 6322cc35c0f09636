import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../platform/database.js';
import type { ChainStore } from './chain.store.js';
import type { Span } from './month.js';
import { EVENTS, readSpans } from './month.store.js';
import type { Link, SealedEvent, Seals } from './seals.js';

export interface ChainDeps {
  readonly store: ChainStore;
  readonly seals: Seals;
}

/** Rows of one transaction. */
const BATCH_SIZE = 200;
/** Longer than the idle timeout of the gateway's own transactions. */
const WRITERS_TIMEOUT_MS = 20_000;
const POLL_INTERVAL_MS = 100;

/** Called after each batch. */
export type OnProgress = (done: number, total: number) => void;

/**
 * Seals all rows up to the newest id before which no other row can appear.
 * @returns how many, and the end of the chain
 */
export async function sealAudit(
  deps: ChainDeps,
  onProgress?: OnProgress,
): Promise<{ count: number; end: Link | undefined }> {
  const upTo = await settledId(deps.store);
  const total = onProgress === undefined ? 0 : await deps.store.countWaiting();
  const sealedTo = await deps.store.end(deps.store.db);
  if ((sealedTo?.eventId ?? 0n) >= upTo) return { count: 0, end: sealedTo };
  // Outside of the transactions, which have little time.
  const spans = await readSpans(deps.store.db, EVENTS);
  for (let count = 0; ; ) {
    const batch = await deps.store.exclusively((tx) => sealBatch(deps, tx, upTo, spans));
    count += batch.count;
    onProgress?.(count, Math.max(count, total));
    if (batch.count < BATCH_SIZE) return { count, end: batch.end };
  }
}

/**
 * The newest id for which all rows up to it have been committed or rolled back.
 *
 * A row gets its id before the commit, so row 7 may appear long after row 8, and could not be sealed any more if row 8 is.
 * A fixed delay would be a guess. Transaction ids do not help, because a transaction may get its id after the row got its
 * own. But an INSERT locks the table (not against another INSERT) before it gets an id, and holds the lock until its
 * transaction ends. So this reads the last id, and waits until all transactions that hold the lock at this moment have
 * ended. Transactions that write to the log never wait for this.
 *
 * @throws Error if a transaction takes too long; nothing is sealed then
 */
async function settledId(store: ChainStore): Promise<bigint> {
  const id = await store.lastIssuedId();
  let writers = await store.writers();
  for (let waitedMs = 0; writers.length > 0; waitedMs += POLL_INTERVAL_MS) {
    if (waitedMs >= WRITERS_TIMEOUT_MS)
      throw new Error(
        'audit log not sealed: a transaction that writes to it has been open for over 20 seconds',
      );
    await sleep(POLL_INTERVAL_MS);
    const still = new Set(await store.writers());
    writers = writers.filter((writer) => still.has(writer));
  }
  return id;
}

async function sealBatch({ store, seals }: ChainDeps, tx: Database, upTo: bigint, spans: readonly Span[]) {
  const end = await store.end(tx);
  const events = await store.events(end?.eventId ?? 0n, upTo, BATCH_SIZE, spans, tx);
  const batch: SealedEvent[] = [];
  let last = end;
  for (const { now, ...event } of events) {
    // Never earlier than the seal before, even if the clock was set back: the end of the chain is found by this.
    const sealedAt = last?.sealedAt !== undefined && last.sealedAt > now ? last.sealedAt : now;
    const sealed = { eventId: event.id, seal: seals.sealEvent(event, sealedAt, last?.seal), sealedAt };
    batch.push(sealed);
    last = sealed;
  }
  if (batch.length > 0) await store.append(tx, batch);
  return { count: batch.length, end: last };
}
