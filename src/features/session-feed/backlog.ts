import pLimit from 'p-limit';
import type { Cursor } from './cursor.js';
import { backlogFrames } from './frames.js';
import type { SessionEndBacklogStore, Source } from './session-end-backlog.store.js';

/**
 * Added to the life of an access token. `ended_at` is the time at which a transaction began, and until its UPDATE
 * another one may still have issued a token. So this must be longer than a transaction may take.
 */
export const MARGIN_SECONDS = 300;
const PAGE_SIZE = 10_000;
/** A resumed stream with more ends than this gets a full snapshot, which is read in pages. */
const MAX_RESUMED_ENDS = 20_000;
const MAX_CONCURRENT_READS = 2;

export interface BacklogReadings {
  /** Frames of the ends, in pieces that a socket takes at once. */
  readonly pieces: readonly Buffer[];
  /** The server that answered, as in `Poll.server`. */
  readonly server: string;
}

/** Reads the ends that a new stream begins with. */
export class BacklogReader {
  /** So that many streams at once leave the connections of the pool to the requests. */
  readonly #limit = pLimit(MAX_CONCURRENT_READS);

  constructor(
    readonly store: SessionEndBacklogStore,
    readonly lifeSeconds: number,
  ) {}

  /**
   * The ends after a cursor. Without one, or if too many have followed, those that concern a token that can still be
   * valid.
   */
  read(since: Cursor | undefined): Promise<BacklogReadings> {
    return this.#limit(async () => (since && (await this.#readSince(since))) ?? (await this.#readRecent()));
  }

  async #readSince(cursor: Cursor): Promise<BacklogReadings | undefined> {
    const { ends, ...source } = await this.store.listSince(cursor.snapshot, MAX_RESUMED_ENDS);
    requireWritable(source);
    if (ends === undefined) return undefined;
    const resumedFrom = `${cursor.server}:${cursor.snapshot}`;
    return { server: source.server, pieces: [Buffer.from(backlogFrames(resumedFrom, ends))] };
  }

  /** Between the pages other transactions commit. The caller reports their ends: it polls during the whole read. */
  async #readRecent(): Promise<BacklogReadings> {
    const pieces: Buffer[] = [];
    const seconds = this.lifeSeconds + MARGIN_SECONDS;
    let page = await this.store.listRecent(seconds, PAGE_SIZE);
    const { server } = page;
    for (;;) {
      requireWritable(page);
      if (page.server !== server) throw new Error('the database was replaced during the read');
      pieces.push(Buffer.from(backlogFrames(undefined, page.ends)));
      if (page.next === undefined) return { server, pieces };
      page = await this.store.listRecent(seconds, PAGE_SIZE, page.next);
    }
  }
}

/** A standby or a demoted primary may lack the newest ends. */
function requireWritable({ isReadOnly }: Source): void {
  if (isReadOnly) throw new Error('the database is read-only');
}
