import { sql } from 'drizzle-orm';
import { type Database, planForValues, queryRows } from '../platform/database.js';
import { auditEvents } from './audit.table.js';
import type { IntervalCounts, StatisticsInterval } from './count.model.js';
import type { TimeRange } from './month.js';
import { isIn } from './month.store.js';

const FIGURES = sql.raw('sign_ins, failed_sign_ins, lockouts, registrations, password_resets, token_reuses');

/**
 * Counts rows of `audit_events`. A wrong second factor of a signed-in user is not a failed sign-in. A registration is
 * counted at the event with which the account begins to exist, because a pending registration is not an account.
 */
const COUNTS = sql.raw(`
  count(*) FILTER (WHERE type = 'LOGIN_SUCCEEDED')::int AS sign_ins,
  count(*) FILTER (
    WHERE type = 'LOGIN_FAILED' OR type = 'TWO_FACTOR_FAILED' AND actor_id IS NULL
  )::int AS failed_sign_ins,
  count(*) FILTER (WHERE type = 'ACCOUNT_LOCKED')::int AS lockouts,
  count(*) FILTER (
    WHERE type = 'USER_CREATED'
      OR type = 'USER_REGISTERED' AND (details ? 'accountCreated' OR details ? 'provider')
      OR type = 'EMAIL_VERIFIED' AND (details ? 'accountExisted') IS NOT TRUE
  )::int AS registrations,
  count(*) FILTER (WHERE type = 'PASSWORD_RESET')::int AS password_resets,
  count(*) FILTER (WHERE type = 'TOKEN_REUSED')::int AS token_reuses`);

/** Other events need not be read. */
const COUNTED_TYPES =
  sql.raw(`type IN ('LOGIN_SUCCEEDED', 'LOGIN_FAILED', 'TWO_FACTOR_FAILED', 'ACCOUNT_LOCKED',
  'USER_CREATED', 'USER_REGISTERED', 'EMAIL_VERIFIED', 'PASSWORD_RESET', 'TOKEN_REUSED')`);

const UNITS: Readonly<Record<StatisticsInterval, string>> = { HOUR: 'hour', DAY: 'day' };

/** In UTC, the time zone of every session. Naming it here would make the function five times slower. */
const startOf = (unit: string, time: string) => sql.raw(`date_trunc('${unit}', ${time})`);
const HOUR = startOf('hour', 'created_at');

/**
 * Counts the events of the next rows in `audit_counts`. Call it under the lock of the chain, with an id up to which no
 * other row can appear. So each row is counted exactly once, however late its transaction committed.
 * @param range has all rows that are not counted yet
 * @returns how many rows it read
 */
export async function countNext(
  tx: Database,
  upTo: bigint,
  limit: number,
  range: TimeRange,
): Promise<number> {
  await planForValues(tx);
  const countedTo = await readProgress(tx);
  const [batch] = await queryRows<{ rows: number }>(
    tx,
    sql`WITH batch AS MATERIALIZED (
        SELECT id, type, actor_id, details, created_at FROM audit_events
        WHERE id > ${countedTo}::bigint AND id <= ${upTo}::bigint AND ${isIn(auditEvents.createdAt, range) ?? sql`true`}
        ORDER BY id LIMIT ${limit}::int
      ), added AS (
        INSERT INTO audit_counts AS counts (start, ${FIGURES})
        SELECT ${HOUR}, ${COUNTS} FROM batch WHERE ${COUNTED_TYPES} GROUP BY 1
        ON CONFLICT (start) DO UPDATE SET
          sign_ins = counts.sign_ins + excluded.sign_ins,
          failed_sign_ins = counts.failed_sign_ins + excluded.failed_sign_ins,
          lockouts = counts.lockouts + excluded.lockouts,
          registrations = counts.registrations + excluded.registrations,
          password_resets = counts.password_resets + excluded.password_resets,
          token_reuses = counts.token_reuses + excluded.token_reuses
      ), moved AS (
        UPDATE audit_count_progress SET counted_to = (SELECT max(id) FROM batch)
        WHERE EXISTS (SELECT FROM batch)
      )
      SELECT count(*)::int AS rows FROM batch`,
  );
  return batch?.rows ?? 0;
}

/** All rows up to this id are counted in `audit_counts`, and no later ones. */
export async function readProgress(db: Database): Promise<bigint> {
  const rows = await queryRows<{ id: string }>(
    db,
    sql`SELECT counted_to::text AS id FROM audit_count_progress`,
  );
  if (rows[0] === undefined) throw new Error('audit_count_progress is empty: restore its row');
  return BigInt(rows[0].id);
}

export class CountStore {
  constructor(readonly db: Database) {}

  /**
   * The intervals from the one that begins at `first` to the one that begins at `last`, without empty ones. Adds the rows
   * that are not counted yet, so that the answer is exact. One snapshot for both: otherwise rows that are counted
   * meanwhile would be missing or double.
   */
  find(interval: StatisticsInterval, first: Date, last: Date): Promise<IntervalCounts[]> {
    const unit = UNITS[interval];
    const from = sql`${first.toISOString()}::timestamptz`;
    const to = sql`${last.toISOString()}::timestamptz + ${sql.raw(`interval '1 ${unit}'`)}`;
    return this.db.transaction(
      async (tx) => {
        await planForValues(tx);
        const rows = await queryRows<Omit<IntervalCounts, 'start'> & { startMs: number }>(
          tx,
          sql`SELECT extract(epoch FROM ${startOf(unit, 'start')})::float8 * 1000 AS "startMs",
              sum(sign_ins)::int AS "signIns", sum(failed_sign_ins)::int AS "failedSignIns",
              sum(lockouts)::int AS lockouts, sum(registrations)::int AS registrations,
              sum(password_resets)::int AS "passwordResets", sum(token_reuses)::int AS "tokenReuses"
            FROM (
              SELECT start, ${FIGURES} FROM audit_counts WHERE start >= ${from} AND start < ${to}
              UNION ALL
              SELECT ${HOUR}, ${COUNTS} FROM audit_events
              WHERE id > ${await readProgress(tx)}::bigint AND ${COUNTED_TYPES}
                AND created_at >= ${from} AND created_at < ${to}
              GROUP BY 1
            ) AS hours GROUP BY 1`,
        );
        return rows.map(({ startMs, ...counts }) => ({ start: new Date(startMs), ...counts }));
      },
      { isolationLevel: 'repeatable read', accessMode: 'read only' },
    );
  }
}
