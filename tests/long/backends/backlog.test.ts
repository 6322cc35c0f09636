import type postgres from 'postgres';
import { beforeAll, expect, it } from 'vitest';
import { insertOwners, REMOVALS } from '../../support/bounds.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgres } from '../../support/in-process.js';
import { until } from '../../support/wait.js';

const ROWS = 100_000;
/** Rows of a large table, and how many of them are outdated in an hour that is like any other. */
const LARGE = 20_000;
const FEW = 100;
/** Milliseconds for all tables together, and for one batch; the statement timeout is 5 s. */
const MAX_RUN_MS = 120_000;
const TIMEOUT_MS = 600_000;
const MAX_BATCH_MS = 2500;

describeOnPostgres('maintenance of large tables', ({ start }) => {
  let gateway: Gateway;
  let sql: postgres.Sql;

  beforeAll(async () => {
    gateway = await start();
    sql = openDatabase(gateway);
    await sql`create extension pg_stat_statements`;
    // The other jobs read whole tables on purpose, to count them.
    await sql`delete from jobs.schedule where name <> 'maintenance'`;
    await sql.unsafe(insertOwners(ROWS));
    for (const { insert } of REMOVALS) await sql.unsafe(insert(ROWS));
    await sql`vacuum (analyze)`;
  }, TIMEOUT_MS);

  const outdated = async () => {
    const left: Record<string, number> = {};
    for (const { table, where } of REMOVALS) {
      const [row] = await sql.unsafe(`select count(*)::int as count from ${table} where ${where}`);
      left[table] = row?.count;
    }
    return left;
  };
  const none = Object.fromEntries(REMOVALS.map(({ table }) => [table, 0]));

  /** Runs the tasks of the hour. Returns the milliseconds that they took. */
  async function runMaintenance(): Promise<number> {
    const [job] = await sql`insert into jobs.job (name) values ('maintenance') returning id`;
    const isDone = async () => {
      const [row] = await sql`select 1 from jobs.job where id = ${job?.id} and state = 'completed'`;
      return row !== undefined;
    };
    await until('the maintenance to be done', isDone, MAX_RUN_MS);
    const [row] = await sql`select 1000 * extract(epoch from completed_on - started_on)::float8 as ms
      from jobs.job where id = ${job?.id}`;
    return row?.ms;
  }

  // pg-boss removes its rows in one statement, in a timeout of its own. It locks finished jobs only, which nobody waits for.
  it(`removes ${ROWS} outdated rows of each table in one run, in short batches`, {
    timeout: TIMEOUT_MS,
  }, async () => {
    await sql`select pg_stat_statements_reset()`;
    const took = await runMaintenance();
    console.log(`maintenance: ${REMOVALS.length} tables of ${ROWS} outdated rows in ${Math.round(took)} ms`);
    // pg-boss removes the rows of its own tables every 15 seconds.
    await until(
      'pg-boss to remove its rows',
      async () => Object.values(await outdated()).every((rows) => rows === 0),
      60_000,
    ).catch(() => {});
    expect(await outdated()).toEqual(none);

    const batches = await sql<{ query: string; calls: number; mean: number; max: number }[]>`
      select query, calls::int, mean_exec_time as mean, max_exec_time as max
      from pg_stat_statements join pg_database on pg_database.oid = dbid and datname = current_database()
      where query ilike '%delete from%' and query not ilike '%delete from jobs.%' and calls > 1 order by max desc`;
    expect(batches.length).toBeGreaterThan(8);
    for (const { query, calls, mean, max } of batches) {
      const [, table] = /delete from "?([\w.]+)/i.exec(query) ?? [];
      console.log(`${table}: ${calls} batches, ${Math.round(mean)} ms each, ${Math.round(max)} ms at most`);
      expect(max, query).toBeLessThan(MAX_BATCH_MS);
    }
    expect(gateway.logs()).not.toContain('maintenance task failed');
  });

  it(`reads only what it removes if ${FEW} of ${LARGE} rows are outdated`, {
    timeout: TIMEOUT_MS,
  }, async () => {
    for (const { table, insert, where, renew } of REMOVALS) {
      await sql.unsafe(insert(LARGE));
      await sql.unsafe(`update ${table} set ${renew}
        where ${where} and ctid <> all(array(select ctid from ${table} where ${where} limit ${FEW}))`);
    }
    await sql`vacuum (analyze)`;
    const rowsScanned = async () => {
      // A connection reports its figures a second late.
      await new Promise((done) => setTimeout(done, 1500));
      const rows = await sql<{ name: string; read: number }[]>`
        select schemaname || '.' || relname as name, seq_tup_read::float8 as read from pg_stat_user_tables`;
      return new Map(rows.map(({ name, read }) => [name, read]));
    };
    const before = await rowsScanned();
    const took = await runMaintenance();
    const after = await rowsScanned();
    console.log(`maintenance: ${FEW} of ${LARGE} rows in ${Math.round(took)} ms`);
    const scanned = [...after].filter(
      ([name, read]) => name.startsWith('public.') && read - (before.get(name) ?? 0) >= LARGE,
    );
    expect(scanned).toEqual([]);
    const left = await outdated();
    for (const { table } of REMOVALS) if (table.startsWith('public.')) expect(left[table], table).toBe(0);
  });
});
