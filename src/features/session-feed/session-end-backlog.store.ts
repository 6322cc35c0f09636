import { sql } from 'drizzle-orm';
import { type Database, queryRows } from '../../platform/database.js';
import type { SessionEnd } from '../sessions/index.js';

export type BacklogEnd = Pick<SessionEnd, 'sessionId' | 'endedAt'>;

/** The server that answered. */
export interface Source {
  readonly server: string;
  readonly isReadOnly: boolean;
}

interface EndRow {
  readonly server: string;
  readonly read_only: boolean;
  readonly session_id: string | null;
  readonly ended_at_ms: number;
}

export interface BacklogPage extends Source {
  readonly ends: readonly BacklogEnd[];
  /** Where the next page begins. Undefined on the last page. */
  readonly next: PageStart | undefined;
}

/** A position in the order of `ended_at` and `id`. */
export interface PageStart {
  readonly endedAt: string;
  readonly id: string;
}

const FIRST_PAGE: PageStart = { endedAt: '-infinity', id: '0' };

const SOURCE = sql`pg_postmaster_start_time()::text AS server,
  (pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean) AS read_only`;

export class SessionEndBacklogStore {
  constructor(readonly db: Database) {}

  /** One page of the ends of the last `seconds`, oldest first. Also reads which server answers. */
  async listRecent(seconds: number, pageSize: number, start: PageStart = FIRST_PAGE): Promise<BacklogPage> {
    const rows = await queryRows<EndRow & { id: string; ended_at: string }>(
      this.db,
      sql`SELECT ${SOURCE}, e.id::text AS id, e.session_id, e.ended_at::text AS ended_at,
          extract(epoch FROM e.ended_at)::double precision * 1000 AS ended_at_ms
        FROM (SELECT 1) AS one LEFT JOIN LATERAL (
          SELECT id, session_id, ended_at FROM session_ends
          WHERE ended_at > now() - make_interval(secs => ${seconds}::double precision)
            AND (ended_at, id) > (${start.endedAt}::timestamptz, ${start.id}::bigint)
          ORDER BY ended_at, id LIMIT ${pageSize}::integer
        ) AS e ON true
        ORDER BY e.ended_at, e.id`,
    );
    const [first, last] = [rows[0], rows.at(-1)];
    if (first === undefined || last === undefined)
      throw new Error('the read of session ends returned no row');
    const next = rows.length < pageSize ? undefined : { endedAt: last.ended_at, id: last.id };
    return { ...sourceOf(first), ends: endsOf(rows), next };
  }

  /**
   * The ends that were committed after a snapshot.
   * @returns `ends` undefined if there are more than `limit`, or if the snapshot is from the future of this server
   */
  async listSince(
    snapshot: string,
    limit: number,
  ): Promise<Source & { readonly ends: readonly BacklogEnd[] | undefined }> {
    const rows = await queryRows<EndRow & { is_known: boolean }>(
      this.db,
      sql`SELECT ${SOURCE}, s.is_known, e.session_id,
          extract(epoch FROM e.ended_at)::double precision * 1000 AS ended_at_ms
        FROM (
          SELECT pg_snapshot_xmax(${snapshot}::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot()) AS is_known
        ) AS s LEFT JOIN session_ends e
          ON e.xid >= pg_snapshot_xmin(${snapshot}::pg_snapshot)
            AND NOT pg_visible_in_snapshot(e.xid, ${snapshot}::pg_snapshot)
        LIMIT ${limit + 1}::integer`,
    );
    const [first] = rows;
    if (first === undefined) throw new Error('the read of session ends returned no row');
    const ends = first.is_known && rows.length <= limit ? endsOf(rows) : undefined;
    return { ...sourceOf(first), ends };
  }
}

const sourceOf = ({ server, read_only }: EndRow): Source => ({ server, isReadOnly: read_only });

function endsOf(rows: readonly EndRow[]): BacklogEnd[] {
  return rows.flatMap(({ session_id, ended_at_ms }) =>
    session_id === null ? [] : [{ sessionId: session_id, endedAt: new Date(ended_at_ms) }],
  );
}
