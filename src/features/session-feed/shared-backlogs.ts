import type { BacklogReader } from './backlog.js';
import { type Cursor, digestServer } from './cursor.js';

/** How long (ms) a backlog is used for further streams after it was read. */
const REUSE_MS = 1000;
/** How much longer (ms) it collects the ends that polls find. A stream that got it takes them within one turn. */
const COLLECT_MS = 10_000;

/** The ends that a stream begins with: those that were read, and then those that polls found since the read began. */
export interface Backlog {
  readonly pieces: readonly Buffer[];
  readonly later: readonly Buffer[];
}

interface Entry {
  readonly read: Promise<readonly Buffer[]>;
  readonly later: Buffer[];
  /** By `performance.now()`. */
  expiresAt: number;
}

/**
 * Backlogs that streams share. After a restart of a gateway, all verifiers connect at once, and most of them need
 * the same backlog.
 *
 * A backlog misses no end: those of transactions that commit before its read are in the read, and those that commit
 * later are found by polls, which it collects from before the read until its last use.
 */
export class SharedBacklogs {
  /** The newest backlog of each snapshot. */
  readonly #entries = new Map<string, Entry>();
  readonly #collecting = new Set<Entry>();
  /** Counts the calls of `clear`. */
  #generation = 0;

  constructor(readonly reader: BacklogReader) {}

  /**
   * @param server identifies the server that the polls read, as in `Poll.server`
   * @throws if the database is unavailable, or is another server than the polls read
   */
  async get(cursor: Cursor | undefined, server: string): Promise<Backlog> {
    const generation = this.#generation;
    const since = cursor?.server === digestServer(server) ? cursor : undefined;
    const entry = this.#find(since, server);
    const pieces = await entry.read;
    if (generation !== this.#generation) throw new Error('the database was replaced');
    return { pieces, later: entry.later };
  }

  /** Adds the ends that a poll found. */
  add(frames: Buffer): void {
    for (const entry of this.#collecting) entry.later.push(frames);
  }

  /** Removes backlogs that are no longer used. */
  expire(): void {
    for (const [key, entry] of this.#entries) if (isOver(entry)) this.#entries.delete(key);
    for (const entry of this.#collecting) if (isOver(entry, COLLECT_MS)) this.#collecting.delete(entry);
  }

  /** The database is another server: no backlog is valid, those that are being read included. */
  clear(): void {
    this.#generation += 1;
    this.#entries.clear();
    this.#collecting.clear();
  }

  #find(since: Cursor | undefined, server: string): Entry {
    const key = since?.snapshot ?? '';
    const known = this.#entries.get(key);
    if (known !== undefined && !isOver(known)) return known;
    const entry: Entry = { read: this.#read(since, server), later: [], expiresAt: Number.POSITIVE_INFINITY };
    this.#entries.set(key, entry);
    this.#collecting.add(entry);
    const settle = (reuseMs: number) => () => {
      entry.expiresAt = performance.now() + reuseMs;
    };
    entry.read.then(settle(REUSE_MS), settle(0));
    return entry;
  }

  async #read(since: Cursor | undefined, server: string): Promise<readonly Buffer[]> {
    const read = await this.reader.read(since);
    if (read.server !== server) throw new Error('the pool and the polls are connected to different servers');
    return read.pieces;
  }
}

const isOver = ({ expiresAt }: Entry, laterMs = 0) => performance.now() >= expiresAt + laterMs;
