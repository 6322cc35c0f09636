import { listAnchors, newestAnchor } from './anchor.store.js';
import type { ChainDeps, OnProgress } from './seal-audit.js';
import type { Anchor, Link, SealableEvent, SealedEvent, Seals } from './seals.js';

/**
 * - `altered`: the seal fits neither the row nor what came before. It was changed or swapped, or what stood
 *   before it was taken out together with its seal.
 * - `missing`: there is a seal, and no row. `inserted`: there is a row, and no seal where one must be.
 * - `forged anchor`: somebody else than `prune` made it, or took out the one before.
 * - `cut off`: a link that is known to have been there is gone, with all that stood behind it.
 */
export type Fault = 'altered' | 'missing' | 'inserted' | 'forged anchor' | 'cut off';

export interface AuditReport {
  /** Rows whose seals fit, up to the break. */
  readonly sealed: number;
  /** Rows that were written since. */
  readonly waiting: number;
  readonly anchor: Anchor | undefined;
  /** The last link that fits. */
  readonly end: Link | undefined;
  readonly broken?: { readonly eventId: bigint; readonly fault: Fault } | undefined;
}

type Break = NonNullable<AuditReport['broken']>;

const PAGE = 1000;

/**
 * Walks the chain from the newest anchor, or from its beginning, to its end.
 *
 * The database alone cannot show that its own end was cut off, or that all of it was put back to an earlier
 * state: what is left is a whole chain. For that the end has to be known from elsewhere.
 *
 * @param witness a link that was there once, from an earlier report or the gateway's log
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
    // Rows that were pruned while this walked are no break.
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
  let sealed = 0;
  let broken = contradicted(witness, end?.eventId, end);
  while (broken === undefined) {
    const after = end?.eventId ?? 0n;
    const page = await store.seals(after, PAGE);
    const last = page.at(-1);
    if (last === undefined) break;
    // One more row than seals suffices: among them is one without a seal.
    const events = await store.events(after, last.eventId, page.length + 1);
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

/** Whether a link is not what the witness saw in its place, or stands where the witness' has gone. */
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

/** Rows and seals side by side, in order of their ids; where one lacks the other it stands alone. */
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
