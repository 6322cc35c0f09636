import type { SessionEnd } from '../sessions/index.js';
import { NO_POSITION } from './cursor.js';

/** How long (ms) an `EventSource` waits before it reconnects. */
const RETRY_MS = 500;

/** The first line of a stream: the pause before a reconnect. */
export const PREAMBLE = `retry: ${RETRY_MS}\n\n`;

type Ended = Pick<SessionEnd, 'sessionId' | 'endedAt'>;

/** An end, in the format of server-sent events (HTML Living Standard §9.2). */
function endedFrame(id: string, { sessionId, endedAt }: Ended): string {
  return `id: ${id}\nevent: ended\ndata: {"sid":"${sessionId}","endedAt":"${endedAt.toISOString()}"}\n\n`;
}

/**
 * The ends that one poll found. If the connection is cut between them, the client must get all of them again. So only
 * the last one carries the new position.
 */
export function endedFrames(before: string, after: string, ends: readonly Ended[]): string {
  return ends.map((end, index) => endedFrame(index === ends.length - 1 ? after : before, end)).join('');
}

/** Ends of the backlog. They come in no order of positions, so a stream that is cut among them begins again. */
export function backlogFrames(resumedFrom: string | undefined, ends: readonly Ended[]): string {
  return ends.map((end) => endedFrame(resumedFrom ?? NO_POSITION, end)).join('');
}

export interface Beat {
  readonly cursor: string;
  /** When the poll was sent, by a monotonic clock of this process (ms). */
  readonly polledAtMs: number;
  /** The time of this node. */
  readonly at: Date;
  /** Life of an access token. */
  readonly lifeSeconds: number;
}

/** Promises that all ends that were committed before the poll have been sent. */
export function beatFrame({ cursor, polledAtMs, at, lifeSeconds }: Beat): string {
  const data = JSON.stringify({ at, polledAtMs: Math.round(polledAtMs), lifeSeconds });
  return `id: ${cursor}\nevent: beat\ndata: ${data}\n\n`;
}
