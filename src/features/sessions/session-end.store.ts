import type { Poller } from '../../platform/database-handle.js';

/** What one poll answers beside the new ends. */
export interface Poll {
  readonly sessionIds: readonly string[];
  /** A `pg_snapshot` as text: pass it to the next poll. */
  readonly snapshot: string;
  /** Changes if the server was restarted, or is another one. */
  readonly server: string;
  readonly isReadOnly: boolean;
  /** How many transactions lie between the oldest that still runs and the newest. */
  readonly openTransactions: number;
}

interface Row {
  readonly snapshot: string;
  readonly server: string;
  readonly read_only: boolean;
  readonly open_transactions: string | number;
  readonly session_id: string | null;
}

/*
 * Transactions commit in another order than they begin, so neither an id nor a time says what is new. A snapshot
 * does: an end is new if its transaction was not finished in the snapshot of the last poll. The lower bound only
 * serves the index.
 */
const POLL = `
SELECT s.snapshot::text AS snapshot,
  pg_postmaster_start_time()::text AS server,
  (pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean) AS read_only,
  (pg_snapshot_xmax(s.snapshot)::text::numeric - pg_snapshot_xmin(s.snapshot)::text::numeric)::text AS open_transactions,
  e.session_id
FROM (SELECT pg_current_snapshot() AS snapshot) s
LEFT JOIN session_ends e
  ON e.xid >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(e.xid, $1::pg_snapshot)`;

/** A snapshot in which everything is finished: nothing is newer. */
const EVERYTHING_SEEN = '9223372036854775807:9223372036854775807:';

/**
 * Reads the ends that were committed since a snapshot.
 * @param since the snapshot of the poll before; without it no ends are read, only a first snapshot
 */
export async function pollSessionEnds(poller: Poller, since: string | undefined): Promise<Poll> {
  const rows = await poller.poll<Row>(POLL, [since ?? EVERYTHING_SEEN]);
  const [first] = rows;
  if (first === undefined) throw new Error('the poll of session ends answered no row');
  return {
    snapshot: first.snapshot,
    server: first.server,
    isReadOnly: first.read_only,
    openTransactions: Number(first.open_transactions),
    sessionIds: rows.flatMap(({ session_id }) => (session_id === null ? [] : [session_id])),
  };
}
