import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../platform/database.js';
import type { ChainStore } from './chain.store.js';
import type { Link, SealedEvent, Seals } from './seals.js';

export interface ChainDeps {
  readonly store: ChainStore;
  readonly seals: Seals;
}

/** Rows sealed by one transaction. */
const BATCH = 200;
/** How long to wait for a slow writer, in milliseconds: longer than the gateway's own transactions can idle. */
const PATIENCE = 20_000;
const PAUSE = 100;

/** Told after each batch how many rows are done, of how many. */
export type OnProgress = (done: number, total: number) => void;

/**
 * Seals every row that can no longer be preceded by another.
 * @returns how many, and where the chain now ends
 */
export async function sealAudit(
  deps: ChainDeps,
  onProgress?: OnProgress,
): Promise<{ count: number; end: Link | undefined }> {
  const upTo = await settledId(deps.store);
  const total = onProgress === undefined ? 0 : await deps.store.countWaiting();
  for (let count = 0; ; ) {
    const batch = await deps.store.exclusively((tx) => sealBatch(deps, tx, upTo));
    count += batch.count;
    onProgress?.(count, Math.max(count, total));
    if (batch.count < BATCH) return { count, end: batch.end };
  }
}

/**
 * The newest id such that all rows up to it have been committed, or never will be.
 *
 * Ids are handed out before the commit: row 7 may appear long after row 8 was sealed, and no later seal could
 * take it in. Waiting some seconds would be a guess, and transaction ids do not tell either, since a transaction
 * may get its id after the row got its own. But an INSERT locks the table (against nobody else's INSERT) before
 * it takes an id, and holds the lock until its row can be seen or is gone. So: read the last id handed out, then
 * wait until whoever held the lock at that moment is over. The log's writers never wait for this.
 *
 * @throws Error where a transaction goes on for too long; nothing is sealed then
 */
async function settledId(store: ChainStore): Promise<bigint> {
  const id = await store.lastIssuedId();
  let writers = await store.writers();
  for (let waited = 0; writers.length > 0; waited += PAUSE) {
    if (waited >= PATIENCE) throw new Error('a transaction has been writing to the audit log for too long');
    await pause(PAUSE);
    const still = new Set(await store.writers());
    writers = writers.filter((writer) => still.has(writer));
  }
  return id;
}

async function sealBatch({ store, seals }: ChainDeps, tx: Database, upTo: bigint) {
  let end = await store.end(tx);
  const events = await store.events(end?.eventId ?? 0n, upTo, BATCH, tx);
  const batch: SealedEvent[] = [];
  for (const event of events) {
    const sealed = {
      eventId: event.id,
      seal: seals.sealEvent(event, event.now, end?.seal),
      sealedAt: event.now,
    };
    batch.push(sealed);
    end = sealed;
  }
  if (batch.length > 0) await store.append(tx, batch);
  return { count: batch.length, end };
}
