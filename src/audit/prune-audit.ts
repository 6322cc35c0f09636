import { setTimeout as sleep } from 'node:timers/promises';
import { codesOf, type Database } from '../platform/database.js';
import { newestAnchor } from './anchor.store.js';
import { readProgress } from './count.store.js';
import { countAudit } from './count-audit.js';
import type { Span } from './month.js';
import { EVENTS, type Partitioned, readSpans, SEALS } from './month.store.js';
import {
  countUpTo,
  nextSealed,
  pastPartitions,
  prunableEnd,
  pruneTo,
  sealOf,
  timeOf,
} from './prune.store.js';
import type { ChainDeps } from './seal-audit.js';
import type { Link } from './seals.js';
import { verifyAudit } from './verify-audit.js';

/** Rows of one transaction that deletes rows. It writes one anchor. */
const BATCH_SIZE = 2000;
/** Partitions of one transaction that drops partitions. It writes one anchor, and locks the tables for a moment. */
const MAX_PARTITIONS = 12;
/**
 * Up to this many rows of other partitions are deleted with the dropped ones: events with smaller ids at the turn of a
 * month, and seals that were written in a later month than their events.
 */
const MAX_STRAGGLERS = 20_000;
/** While a transaction such as a backup uses the tables. */
const MAX_ATTEMPTS = 30;
const RETRY_PAUSE_MS = 1000;

/** One transaction of the pruning. */
interface Step {
  readonly last: Link;
  /** The anchor that it follows. */
  readonly after: bigint | undefined;
  readonly rows: number;
  /** Where rows are deleted one by one. */
  readonly deleteFrom: [Partitioned, readonly Span[]][];
}

/**
 * Removes the oldest sealed rows, up to the first that is not older than `days`. Drops the partitions of whole months, and
 * deletes the other rows. Counts the rows first, because the statistics outlive them.
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
    const step = await nextStep(deps.store.db, days);
    if (step === undefined) return count;
    if (await retryLocked(() => take(deps, step))) count += step.rows;
  }
}

async function nextStep(db: Database, days: number): Promise<Step | undefined> {
  const end = await prunableEnd(db, days, await readProgress(db));
  if (end === undefined) return undefined;
  const after = (await newestAnchor(db))?.eventId;
  const step = (await wholeMonths(db, end.eventId)) ?? (await singleRows(db, end.eventId));
  return step && { ...step, after };
}

/** The partitions that have only rows up to `upTo`, the oldest ones. */
async function wholeMonths(db: Database, upTo: bigint): Promise<Omit<Step, 'after'> | undefined> {
  const events = await splitSpans(db, EVENTS);
  const seals = await splitSpans(db, SEALS);
  const ends = events.past
    .map(({ maxId }) => maxId)
    .filter((maxId) => maxId <= upTo)
    .sort((a, b) => (a < b ? -1 : 1))
    .slice(0, MAX_PARTITIONS);
  for (const end of ends.reverse()) {
    const [otherEvents, otherSeals] = [events, seals].map(({ all, past }) =>
      all.filter((span) => span.minId <= end && !(past.includes(span) && span.maxId <= end)),
    ) as [Span[], Span[]];
    const few = [
      await countUpTo(db, EVENTS, otherEvents, end),
      await countUpTo(db, SEALS, otherSeals, end),
    ].every((count) => count <= MAX_STRAGGLERS);
    const last = few ? await sealOf(db, end) : undefined;
    if (last === undefined) continue;
    const rows = await countUpTo(db, EVENTS, events.all, end);
    return {
      last,
      rows,
      deleteFrom: [
        [EVENTS, otherEvents],
        [SEALS, otherSeals],
      ],
    };
  }
  return undefined;
}

/** @returns the spans, and those of partitions that may be dropped */
async function splitSpans(db: Database, partitioned: Partitioned): Promise<{ all: Span[]; past: Span[] }> {
  const [all, partitions] = [await readSpans(db, partitioned), await pastPartitions(db, partitioned)];
  const past = all.filter((span) => partitions.some(({ from, to }) => span.from === from && span.to === to));
  return { all, past };
}

async function singleRows(db: Database, upTo: bigint): Promise<Omit<Step, 'after'> | undefined> {
  const last = await nextSealed(db, upTo, BATCH_SIZE);
  if (last === undefined) return undefined;
  const upToLast = async (partitioned: Partitioned) =>
    (await readSpans(db, partitioned)).filter(({ minId }) => minId <= last.eventId);
  const events = await upToLast(EVENTS);
  const rows = await countUpTo(db, EVENTS, events, last.eventId);
  return {
    last,
    rows,
    deleteFrom: [
      [EVENTS, events],
      [SEALS, await upToLast(SEALS)],
    ],
  };
}

/** @returns whether it was done; if another process has pruned meanwhile, the step must be made anew */
function take({ store, seals }: ChainDeps, { last, after, deleteFrom }: Step): Promise<boolean> {
  return store.exclusively(async (tx) => {
    const before = await newestAnchor(tx);
    if (before?.eventId !== after) return false;
    const anchor = { eventId: last.eventId, lastSeal: last.seal, prunedAt: await timeOf(tx) };
    await pruneTo(tx, { ...anchor, seal: seals.sealAnchor(anchor, before?.seal) }, deleteFrom);
    return true;
  });
}

async function retryLocked<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= MAX_ATTEMPTS || !codesOf(error).includes('55P03')) throw error;
      await sleep(RETRY_PAUSE_MS);
    }
  }
}
