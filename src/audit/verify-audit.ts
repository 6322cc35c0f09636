import { listAnchors, newestAnchor } from './anchor.store.js';
import { EVENTS, readSpans, SEALS } from './month.store.js';
import type { ChainDeps, OnProgress } from './seal-audit.js';
import type { Anchor, Link, SealableEvent, SealedEvent, Seals } from './seals.js';

/**
 * - `altered`: the seal does not match the row and the seal before. The row was changed or moved, or the row before it was
 *   removed together with its seal.
 * - `missing`: a seal has no row. `inserted`: a row has no seal, although later rows have.
 * - `forged anchor`: the anchor was not written by `pruneAudit`, or the one before it was removed.
 * - `cut off`: the chain does not contain the link of the witness. Its end was removed, and may have been continued.
 */
export type Fault = 'altered' | 'missing' | 'inserted' | 'forged anchor' | 'cut off';

export interface AuditReport {
  /** How many rows have valid seals, up to the first fault. */
  readonly sealed: number;
  /** How many rows are not sealed yet. */
  readonly waiting: number;
  readonly anchor: Anchor | undefined;
  /** The last valid link. */
  readonly end: Link | undefined;
  readonly broken?: { readonly eventId: bigint; readonly fault: Fault } | undefined;
}

type Break = NonNullable<AuditReport['broken']>;

const PAGE = 1000;

/**
 * Checks the chain from the newest anchor, or from its beginning, to its end.
 *
 * If the end of the chain was removed, or the database was restored to an earlier state, the rest is still a valid chain.
 * To detect this, pass a link that was kept outside of the database.
 *
 * @param witness a link from an earlier report or from the log of the gateway
 */
export async function verifyAudit(
  deps: ChainDeps,
  witness?: Link,
  onProgress?: OnProgress,
): Promise<AuditReport> {
  for (;;) {
    const anchors = await listAnchors(deps.store.db);
    const report = await walk(deps, anchors, witness, onProgress);
    if (report.broken === undefined) return report;
    // The fault is real if no rows were pruned meanwhile. Otherwise check again.
    if ((await newestAnchor(deps.store.db))?.eventId === anchors.at(-1)?.eventId) return report;
  }
}

async function walk(
  deps: ChainDeps,
  anchors: readonly Anchor[],
  witness?: Link,
  onProgress?: OnProgress,
): Promise<AuditReport> {
  const { store, seals } = deps;
  const waiting = await store.countWaiting();
  const forged = anchors.find((one, i) => !seals.fitsAnchor(one, anchors[i - 1]?.seal));
  if (forged !== undefined) {
    const broken: Break = { eventId: forged.eventId, fault: 'forged anchor' };
    return { sealed: 0, waiting, anchor: undefined, end: undefined, broken };
  }
  const anchor = anchors.at(-1);
  let end: Link | undefined = anchor && { eventId: anchor.eventId, seal: anchor.lastSeal };
  const total = onProgress === undefined ? 0 : await store.countSeals(end?.eventId ?? 0n);
  // The events after the seals: all rows of these seals are there then.
  const sealSpans = await readSpans(store.db, SEALS);
  const eventSpans = await readSpans(store.db, EVENTS);
  let sealed = 0;
  let broken = contradicted(witness, end?.eventId, end);
  while (broken === undefined) {
    const after = end?.eventId ?? 0n;
    const page = await store.seals(after, PAGE, sealSpans);
    const last = page.at(-1);
    if (last === undefined) break;
    // One row more than seals is enough to find a row without a seal.
    const events = await store.events(after, last.eventId, page.length + 1, eventSpans);
    for (const [event, seal] of pairs(events, page)) {
      broken = faultOf(seals, event, seal, end?.seal) ?? contradicted(witness, end?.eventId, seal);
      if (broken !== undefined) break;
      end = seal;
      sealed += 1;
    }
    onProgress?.(sealed, Math.max(sealed, total));
  }
  broken = earliest(broken, await store.strayId(anchor?.eventId ?? 0n));
  if (broken === undefined && witness !== undefined && witness.eventId > (end?.eventId ?? 0n)) {
    broken = { eventId: witness.eventId, fault: 'cut off' };
  }
  return { sealed, waiting, anchor, end, broken };
}

/** A fault if the link differs from the witness, or if the chain passes its id without it. */
function contradicted(
  witness: Link | undefined,
  before: bigint | undefined,
  link: Link | undefined,
): Break | undefined {
  if (witness === undefined || link === undefined) return undefined;
  const { eventId } = witness;
  if (link.eventId === eventId)
    return link.seal.equals(witness.seal) ? undefined : { eventId, fault: 'altered' };
  return (before ?? 0n) < eventId && eventId < link.eventId ? { eventId, fault: 'cut off' } : undefined;
}

/** Pairs of rows and seals with the same id, in the order of ids. A row without a seal, or the reverse, stands alone. */
function* pairs(
  events: readonly SealableEvent[],
  page: readonly SealedEvent[],
): Generator<[SealableEvent | undefined, SealedEvent | undefined]> {
  for (let i = 0, j = 0; i < events.length || j < page.length; ) {
    const event = events[i];
    const seal = page[j];
    const isRowNext = event !== undefined && (seal === undefined || event.id <= seal.eventId);
    const isSealNext = seal !== undefined && (event === undefined || seal.eventId <= event.id);
    yield [isRowNext ? event : undefined, isSealNext ? seal : undefined];
    if (isRowNext) i += 1;
    if (isSealNext) j += 1;
  }
}

function faultOf(
  seals: Seals,
  event: SealableEvent | undefined,
  seal: SealedEvent | undefined,
  previous: Buffer | undefined,
): Break | undefined {
  if (event === undefined) return seal && { eventId: seal.eventId, fault: 'missing' };
  if (seal === undefined) return { eventId: event.id, fault: 'inserted' };
  return seals.fitsEvent(event, seal, previous) ? undefined : { eventId: event.id, fault: 'altered' };
}

function earliest(broken: Break | undefined, strayId: bigint | undefined): Break | undefined {
  if (strayId === undefined || (broken !== undefined && broken.eventId <= strayId)) return broken;
  return { eventId: strayId, fault: 'inserted' };
}
