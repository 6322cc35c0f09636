import postgres from 'postgres';
import { insertUsers } from '../../src/cli/seed-users.js';

/** The numbers of rows. */
export interface Size {
  readonly users: number;
  readonly sessions: number;
  readonly auditEvents: number;
}

/** How many connections fill a table. */
const WRITERS = 2;

const sessionId = `md5('session ' || i)::uuid`;
const userId = (users: number) => `md5('gatehouse seed ' || (i % ${users} + 1))::uuid`;

const insertSessions = (from: number, to: number, { users }: Size) => `
  INSERT INTO sessions (id, user_id, remembered, amr, ip_address, user_agent, created_at, rotated_at, last_used_at, expires_at)
  SELECT ${sessionId}, ${userId(users)}, true, '{pwd}', '192.0.2.1', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101',
    t, t, t, t + interval '30 days'
  FROM generate_series(${from}, ${to}) AS i, LATERAL (SELECT now() - interval '1 hour' - i * interval '1 ms') AS times (t)`;

const insertAuditEvents = (from: number, to: number, { users }: Size) => `
  INSERT INTO audit_events (type, actor_id, subject_id, ip_address, user_agent, created_at)
  SELECT
    (ARRAY['TOKEN_REFRESHED', 'TOKEN_REFRESHED', 'LOGIN_SUCCEEDED', 'LOGIN_FAILED', 'LOGGED_OUT'])[1 + i % 5]::audit_event_type,
    id, id, '192.0.2.1', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101',
    now() - interval '1 hour' - (${to} - i) * interval '1 ms'
  FROM generate_series(${from}, ${to}) AS i, LATERAL (SELECT ${userId(users)}) AS of_user (id)`;

/**
 * Fills a migrated database. All users are active and verified. Indexes are built after the rows, and triggers and
 * foreign keys are not checked: otherwise it takes several times as long.
 */
export async function fill(database: string, size: Size): Promise<void> {
  const sql = postgres(database, {
    max: WRITERS,
    onnotice: () => {},
    connection: {
      session_replication_role: 'replica',
      synchronous_commit: 'off',
      maintenance_work_mem: '512MB',
    } as never,
  });
  try {
    const tables = ['users', 'sessions', 'audit_events'];
    const indexes = await sql<{ name: string; definition: string }[]>`
      SELECT indexrelid::regclass AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
      WHERE indrelid = ANY (${tables}::regclass[]) AND NOT indisprimary`;
    for (const { name } of indexes) await sql.unsafe(`DROP INDEX ${name}`);
    await inParts(sql, size.users, (from, to) => insertUsers(from, to, size.users));
    await sql`UPDATE users SET is_active = true, email_verified = true WHERE NOT (is_active AND email_verified)`;
    await inParts(sql, size.sessions, (from, to) => insertSessions(from, to, size));
    await inParts(sql, size.auditEvents, (from, to) => insertAuditEvents(from, to, size));
    // For a partitioned table, Postgres names only the table itself.
    await Promise.all(indexes.map(({ definition }) => sql.unsafe(definition.replace(' ON ONLY ', ' ON '))));
    await settleAuditLog(sql);
    await Promise.all(tables.map((table) => sql.unsafe(`VACUUM (ANALYZE) ${table}`)));
    // Otherwise it runs while something is measured.
    await sql`CHECKPOINT`;
  } finally {
    await sql.end();
  }
}

async function inParts(
  sql: postgres.Sql,
  count: number,
  insert: (from: number, to: number) => string,
): Promise<void> {
  const length = Math.ceil(count / WRITERS);
  const parts = Array.from({ length: WRITERS }, (_, part) => part * length);
  await Promise.all(parts.map((start) => sql.unsafe(insert(start + 1, Math.min(count, start + length)))));
}

/** Marks the events as sealed and counted: otherwise the gateway's jobs do it while something is measured. */
async function settleAuditLog(sql: postgres.Sql): Promise<void> {
  await sql`INSERT INTO audit_seals (event_id, seal, sealed_at)
    SELECT max(id), decode(repeat('00', 32), 'hex'), now() FROM audit_events HAVING count(*) > 0`;
  await sql`UPDATE audit_count_progress SET counted_to = (SELECT coalesce(max(id), 0) FROM audit_events)`;
}
