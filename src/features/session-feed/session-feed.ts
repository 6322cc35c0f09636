import type { ServerResponse } from 'node:http';
import type { Clock } from '../../platform/clock.js';
import type { Log } from '../../platform/log.js';
import type { Poll } from '../sessions/index.js';
import { encodeCursor, NO_POSITION, parseCursor } from './cursor.js';
import { FeedStream } from './feed-stream.js';
import { beatFrame, endedFrames, PREAMBLE } from './frames.js';
import type { FeedMetrics } from './metrics.js';
import type { Backlog, SharedBacklogs } from './shared-backlogs.js';

/** A stream beats at least once a second. Polls come ten times a second, later if the process is busy. */
const BEAT_INTERVAL_MS = 450;
/** Without a successful poll for this time (ms), the database is unavailable. */
const MAX_POLL_AGE_MS = 3000;
/** Open streams of one node. */
const MAX_STREAMS = 1000;

interface Position {
  readonly cursor: string;
  readonly server: string;
  /** When the poll was sent, by `performance.now()`. */
  readonly polledAtMs: number;
}

export class FeedUnavailable extends Error {}

/**
 * Sends the ends of sessions to all streams of this node. One poll feeds them all.
 *
 * Attack: the database is frozen or cut off while a session ends. A service that relied on an open connection would
 * accept the session. So a beat follows only a successful poll.
 */
export class SessionFeed {
  readonly #streams = new Set<FeedStream>();
  /** Streams that are open or being opened. */
  #count = 0;
  #position: Position | undefined;
  #beatAtMs = Number.NEGATIVE_INFINITY;
  #isDraining = false;
  #isFailing = false;

  constructor(
    readonly backlogs: SharedBacklogs,
    readonly lifeSeconds: number,
    readonly metrics: FeedMetrics,
    readonly log: Log,
    readonly clock: Clock,
  ) {}

  /** @param sentAt the time at which the poll was sent, by `performance.now()` */
  onPolled(poll: Poll, sentAt: number): void {
    const cursor = encodeCursor(poll.server, poll.snapshot);
    const before = this.#position?.cursor ?? NO_POSITION;
    this.#position = { cursor, server: poll.server, polledAtMs: sentAt };
    this.backlogs.expire();
    for (const stream of this.#streams) stream.dropIfSlow();
    if (poll.ends.length > 0) {
      const frames = Buffer.from(endedFrames(before, cursor, poll.ends));
      this.backlogs.add(frames);
      for (const stream of this.#streams) stream.send(frames);
    }
    const isDue = performance.now() - this.#beatAtMs >= BEAT_INTERVAL_MS;
    if (isDue) this.#beatAtMs = performance.now();
    const { lifeSeconds } = this;
    const frame = beatFrame({ cursor, polledAtMs: sentAt, at: new Date(this.clock.now()), lifeSeconds });
    const beat = Buffer.from(frame);
    for (const stream of this.#streams) stream.beat(beat, sentAt, isDue);
  }

  /** The database is another server, or was restored. Readers connect again and get a full snapshot. */
  onMissed(): void {
    this.#position = undefined;
    this.backlogs.clear();
    this.#endAll();
  }

  /** Ends all streams and refuses new ones. */
  drain(): void {
    this.#isDraining = true;
    this.#endAll();
  }

  /**
   * Reads the backlog of a stream, and reserves a place for the stream until `release` is called.
   * @param lastEventId the header `Last-Event-ID`. If it is not a cursor of this database, the backlog is complete.
   * @throws FeedUnavailable if the database is unavailable, the node is full, or the gateway stops
   */
  async reserve(lastEventId: string | undefined): Promise<{ backlog: Backlog; release: () => void }> {
    const position = this.#position;
    const isPolling = position !== undefined && performance.now() - position.polledAtMs < MAX_POLL_AGE_MS;
    if (!isPolling) throw new FeedUnavailable('the session ends are not polled');
    if (this.#isDraining) throw new FeedUnavailable('the gateway is stopping');
    if (this.#count >= MAX_STREAMS) throw new FeedUnavailable('the node has too many streams');
    this.#count += 1;
    let isReleased = false;
    const release = () => {
      if (!isReleased) this.#count -= 1;
      isReleased = true;
    };
    try {
      const backlog = await this.backlogs.get(parseCursor(lastEventId), position.server);
      this.#isFailing = false;
      return { backlog, release };
    } catch (error) {
      release();
      if (!this.#isFailing) this.log.warn({ err: error }, 'cannot read the session ends for a stream');
      this.#isFailing = true;
      throw new FeedUnavailable('the session ends cannot be read', { cause: error });
    }
  }

  /** Writes the backlog to a response whose headers are sent, then follows the polls until it is closed. */
  async serve(raw: ServerResponse, backlog: Backlog): Promise<void> {
    const stream = new FeedStream(raw, () => this.metrics.slow.inc());
    raw.once('close', () => {
      this.#streams.delete(stream);
      this.metrics.streams.set(this.#streams.size);
    });
    raw.on('error', () => {});
    raw.write(PREAMBLE);
    // The stop has begun while the backlog was read.
    if (this.#isDraining) {
      raw.end();
      return;
    }
    // From here to the copy of `backlog.later` in `writeBacklog` there is no await, so no poll is missed.
    this.#streams.add(stream);
    this.metrics.streams.set(this.#streams.size);
    await stream.writeBacklog(backlog);
  }

  #endAll(): void {
    for (const stream of this.#streams) stream.end();
    this.#streams.clear();
    this.metrics.streams.set(0);
  }
}
