import type { Poller } from '../../platform/database-handle.js';
import type { SessionEnd } from './session.model.js';
import type { SessionEndReason } from './session-end-reason.js';

/** The result of one poll. */
export interface Poll {
  /** The ends that were committed since the previous poll. */
  readonly ends: readonly SessionEnd[];
  /** A `pg_snapshot` as text: pass it to the next poll. */
  readonly snapshot: string;
  /** Changes when the server restarts or is replaced by another server. */
  readonly server: string;
  readonly isReadOnly: boolean;
  /** Number of transactions between the oldest running transaction and the newest. */
  readonly openTransactions: number;
}

interface Row {
  readonly snapshot: string;
  readonly server: string;
  readonly read_only: boolean;
  readonly open_transactions: string | number;
  readonly session_id: string | null;
  readonly reason: SessionEndReason;
  readonly ended_at_ms: number;
}

/*
 * Transactions do not commit in the order in which they begin, so neither ids nor times show which ends are
 * new. A snapshot does: an end is new if its transaction was not finished in the snapshot of the previous
 * poll. The lower bound is only there for the index.
 */
const POLL = `
SELECT s.snapshot::text AS snapshot,
  pg_postmaster_start_time()::text AS server,
  (pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean) AS read_only,
  (pg_snapshot_xmax(s.snapshot)::text::numeric - pg_snapshot_xmin(s.snapshot)::text::numeric)::text AS open_transactions,
  e.session_id, e.reason, extract(epoch FROM e.ended_at)::double precision * 1000 AS ended_at_ms
FROM (SELECT pg_current_snapshot() AS snapshot) s
LEFT JOIN session_ends e
  ON e.xid >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(e.xid, $1::pg_snapshot)`;

/** A snapshot in which all transactions are finished, so that no end is newer. */
const FULL_SNAPSHOT = '9223372036854775807:9223372036854775807:';

/**
 * Reads the ends that were committed after a snapshot.
 * @param since the snapshot of the previous poll. Without it, only a first snapshot is read, and no ends.
 */
export async function pollSessionEnds(poller: Poller, since: string | undefined): Promise<Poll> {
  const rows = await poller.poll<Row>(POLL, [since ?? FULL_SNAPSHOT]);
  const [first] = rows;
  if (first === undefined) throw new Error('the poll of session ends returned no row');
  return {
    snapshot: first.snapshot,
    server: first.server,
    isReadOnly: first.read_only,
    openTransactions: Number(first.open_transactions),
    ends: rows.flatMap(({ session_id, reason, ended_at_ms }) =>
      session_id === null ? [] : [{ sessionId: session_id, reason, endedAt: new Date(ended_at_ms) }],
    ),
  };
}
