import { createHash } from 'node:crypto';

/** The position of a stream: which transactions it has seen, on which database server. */
export interface Cursor {
  /** A digest of `Poll.server`. Snapshots of different servers cannot be compared. */
  readonly server: string;
  /** A `pg_snapshot` as text. */
  readonly snapshot: string;
}

/** The `id` of events that precede the first position of a stream. A client that sends it gets a full snapshot. */
export const NO_POSITION = 'start';

/** A snapshot lists every transaction in progress. A longer list is replaced by its lower bound. */
const MAX_SNAPSHOT_LENGTH = 800;
const MAX_CURSOR_LENGTH = 1000;
const DIGEST_LENGTH = 16;
const CURSOR = /^([\w-]+):(\d+:\d+:[\d,]*)$/;
/** The largest `xid8` that we accept. */
const MAX_XID = 2n ** 63n - 1n;

/** A digest of the identity of a database server. */
export function digestServer(server: string): string {
  return createHash('sha256').update(server).digest('base64url').slice(0, DIGEST_LENGTH);
}

/** A cursor as the `id` of an event: ASCII, without spaces, at most `MAX_CURSOR_LENGTH` characters. */
export function encodeCursor(server: string, snapshot: string): string {
  const [xmin = ''] = snapshot.split(':', 1);
  // Transactions from xmin on count as unseen: a resumed stream repeats some ends and misses none.
  const short = snapshot.length > MAX_SNAPSHOT_LENGTH ? `${xmin}:${xmin}:` : snapshot;
  return `${digestServer(server)}:${short}`;
}

/**
 * Parses `Last-Event-ID`, which is hostile input. The checks are those of Postgres' `pg_snapshot_in`, so that the
 * cast of the snapshot cannot fail.
 * @returns undefined if it is not a cursor
 */
export function parseCursor(text: string | undefined): Cursor | undefined {
  if (text === undefined || text.length > MAX_CURSOR_LENGTH) return undefined;
  const [, server, snapshot] = CURSOR.exec(text) ?? [];
  if (server?.length !== DIGEST_LENGTH || snapshot === undefined) return undefined;
  return isSnapshot(snapshot) ? { server, snapshot } : undefined;
}

function isSnapshot(text: string): boolean {
  const [first = '', next = '', list = ''] = text.split(':');
  const [xmin, xmax] = [BigInt(first), BigInt(next)];
  if (xmin < 1n || xmax < xmin || xmax > MAX_XID) return false;
  if (list === '') return true;
  if (!/^\d+(,\d+)*$/.test(list)) return false;
  const running = list.split(',').map(BigInt);
  return running.every((xid, index) => {
    return xid >= xmin && xid < xmax && (index === 0 || xid > (running[index - 1] as bigint));
  });
}
