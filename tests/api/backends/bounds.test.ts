import { beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgres } from '../../support/in-process.js';
import { until } from '../../support/wait.js';

/** The bound of a table. Each table that a client can fill has a cap or a job. */
interface Bound {
  /** The maximum of rows and what enforces it, or why clients cannot add rows. */
  readonly cap?: string;
  /** SQL that inserts an outdated row, which the scheduled jobs must remove, and the condition that selects it. */
  readonly job?: { readonly insert: string; readonly where: string };
}

const USER = `(select id from users where username = 'owner')`;
const HASH = `sha256('outdated')`;
const job = (insert: string, where: string) => ({ insert, where });

/** A new table needs an entry here. */
const BOUNDS: Record<string, Bound> = {
  'public.users': {
    job: job(
      `insert into users (username, email, search_text, pending, expires_at)
       values ('outdated', 'outdated@example.com', 'outdated', true, now() - interval '1 minute')`,
      `username = 'outdated'`,
    ),
  },
  'public.failure_counters': {
    job: job(
      `insert into failure_counters (key, failures, updated_at) values ('outdated', 1, now() - interval '25 hours')`,
      `key = 'outdated'`,
    ),
  },
  'public.known_devices': {
    cap: '20 per user: KnownDeviceStore.remember',
    job: job(
      `insert into known_devices (user_id, device_hash, last_used_at)
       values (${USER}, ${HASH}, now() - interval '366 days')`,
      `device_hash = ${HASH}`,
    ),
  },
  'public.one_time_tokens': {
    cap: 'one per purpose and user: one_time_tokens_user_purpose; without a user: rate limits',
    job: job(
      `insert into one_time_tokens (user_id, purpose, hash, expires_at)
       values (${USER}, 'CHALLENGE', ${HASH}, now() - interval '1 minute')`,
      `hash = ${HASH}`,
    ),
  },
  'public.session_ends': {
    job: job(
      `insert into session_ends (session_id, user_id, reason, ended_at)
       values (gen_random_uuid(), ${USER}, 'LOGGED_OUT', now() - interval '3 days')`,
      `ended_at < now() - interval '2 days'`,
    ),
  },
  'public.sessions': {
    cap: '100 live ones per user: SessionStore.revokeSurplus',
    job: job(
      `insert into sessions (user_id, remembered, amr, expires_at)
       values (${USER}, false, '{pwd}', now() - interval '25 hours')`,
      `expires_at < now() - interval '1 day'`,
    ),
  },
  'public.two_factors': {
    cap: 'one per user: two_factors_pkey',
    job: job(
      `insert into two_factors (user_id, sealed_secret, expires_at)
       values (${USER}, 'outdated', now() - interval '1 minute')`,
      `sealed_secret = 'outdated'`,
    ),
  },
  'public.identities': {
    cap: '20 per user: requireRoom',
  },
  'public.recovery_codes': {
    cap: 'ten per user: RecoveryCodeStore.replace; removed with the factor',
  },
  'public.passkeys': { cap: '20 per user: finishRegistration' },
  'public.second_factor_attempts': {
    cap: 'one per user: second_factor_attempts_pkey',
    job: job(
      `insert into second_factor_attempts (user_id, attempts, first_at)
       values (${USER}, 1, now() - interval '16 minutes')`,
      `first_at < now() - interval '15 minutes'`,
    ),
  },
  'public.reauthentication_attempts': {
    cap: 'one per user: reauthentication_attempts_pkey',
    job: job(
      `insert into reauthentication_attempts (user_id, attempts, first_at)
       values (${USER}, 1, now() - interval '16 minutes')`,
      `first_at < now() - interval '15 minutes'`,
    ),
  },
  'public.signing_keys': { cap: 'made by the rotation of keys, which removes retired ones' },
  'public.audit_events': { cap: 'kept until an operator prunes it: the audit command' },
  'public.audit_seals': { cap: 'one per audit event, pruned with it' },
  'public.audit_anchors': { cap: 'one per batch of pruned audit events' },
  'public.audit_counts': { cap: 'one per hour with events: audit_counts_pkey' },
  'public.audit_count_progress': { cap: 'one row: audit_count_progress_single' },
  'public.account_totals': { cap: 'one row: account_totals_single' },
  'drizzle.__drizzle_migrations': { cap: 'one per migration' },
  // Tables of pg-boss.
  'jobs.job': { cap: 'archived an hour after completion: maintenance of pg-boss' },
  'jobs.archive': { cap: 'deleted after two days: maintenance of pg-boss' },
  'jobs.queue': { cap: 'one per kind of job' },
  'jobs.schedule': { cap: 'one per scheduled job' },
  'jobs.subscription': { cap: 'not used' },
  'jobs.version': { cap: 'one row' },
};

describeOnPostgres('the database tables', ({ start }) => {
  let gateway: Gateway;
  let tables: string[];

  beforeAll(async () => {
    gateway = await start();
    // Partitions belong to another table.
    const rows = await openDatabase(gateway)<{ name: string }[]>`
      select nspname || '.' || relname as name from pg_class join pg_namespace on pg_namespace.oid = relnamespace
      where relkind in ('r', 'p') and not relispartition and nspname !~ '^pg_' and nspname <> 'information_schema'`;
    tables = rows.map(({ name }) => name);
  });

  it('lists a bound for each table', () => {
    expect(tables.sort()).toEqual(Object.keys(BOUNDS).sort());
    for (const [table, { cap, job }] of Object.entries(BOUNDS)) expect(cap ?? job, table).toBeDefined();
  });

  it('removes outdated rows with the scheduled jobs', async () => {
    const sql = openDatabase(gateway);
    await sql`insert into users (username, email, search_text) values ('owner', 'owner@example.com', 'owner')`;
    const jobs = Object.entries(BOUNDS).flatMap(([table, { job }]) => (job ? [{ table, ...job }] : []));
    expect(jobs.length).toBeGreaterThan(5);
    const left = async () => {
      const counts = await Promise.all(
        jobs.map(async ({ table, where }) => {
          const [row] = await sql.unsafe(`select count(*)::int as count from ${table} where ${where}`);
          return row?.count === 0 ? [] : [table];
        }),
      );
      return counts.flat();
    };
    for (const { insert } of jobs) await sql.unsafe(insert);
    expect(await left()).toEqual(jobs.map(({ table }) => table));

    // Runs the scheduled jobs now.
    await sql`insert into jobs.job (name) select name from jobs.schedule`;
    await until('outdated rows to be removed', async () => (await left()).length === 0, 60_000).catch(
      async () => {
        expect(await left(), 'tables that keep outdated rows').toEqual([]);
      },
    );
    const [owner] = await sql`select count(*)::int as count from users where username = 'owner'`;
    expect(owner?.count).toBe(1);
  });
});
