import { readFileSync } from 'node:fs';
import type postgres from 'postgres';
import { beforeAll, expect, it } from 'vitest';
import { BOUNDS, insertOwners, REMOVALS } from '../../support/bounds.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgres } from '../../support/in-process.js';
import { until } from '../../support/wait.js';

const OPERATIONS = new URL('../../../docs/operations.md', import.meta.url);

describeOnPostgres('the database tables', ({ start }) => {
  let gateway: Gateway;
  let sql: postgres.Sql;
  let tables: string[];

  beforeAll(async () => {
    gateway = await start();
    sql = openDatabase(gateway);
    // Partitions belong to another table.
    const rows = await sql<{ name: string }[]>`
      select nspname || '.' || relname as name from pg_class join pg_namespace on pg_namespace.oid = relnamespace
      where relkind in ('r', 'p') and not relispartition and nspname !~ '^pg_' and nspname <> 'information_schema'`;
    tables = rows.map(({ name }) => name);
    await sql.unsafe(insertOwners(1));
  });

  it('lists a bound for each table', () => {
    expect(tables.toSorted()).toEqual(Object.keys(BOUNDS).toSorted());
    for (const [table, { cap, job }] of Object.entries(BOUNDS)) expect(cap ?? job, table).toBeDefined();
  });

  it('describes the bound of each table in docs/operations.md', () => {
    const [, chapter = ''] = /^### Tables\n(.*?)^## /ms.exec(readFileSync(OPERATIONS, 'utf8')) ?? [];
    const described = [...chapter.matchAll(/^\|([^|]*`[^|]*)\|/gm)]
      .flatMap(([, names = '']) => [...names.matchAll(/`([\w.]+)`/g)])
      .map(([, name = '']) => (name.includes('.') ? name : `public.${name}`));
    expect(described.toSorted()).toEqual(tables.toSorted());
  });

  const outdated = async () => {
    const counts = await Promise.all(
      REMOVALS.map(async ({ table, where }) => {
        const [row] = await sql.unsafe(`select count(*)::int as count from ${table} where ${where}`);
        return row?.count === 0 ? [] : [table];
      }),
    );
    return counts.flat();
  };

  const insertOutdated = async () => {
    for (const { insert } of REMOVALS) await sql.unsafe(insert(1));
    expect(await outdated()).toEqual(REMOVALS.map(({ table }) => table));
  };

  /** Runs the scheduled jobs now, and waits until only the outdated rows of these tables are left. */
  const runJobs = async (left: string[]) => {
    await sql`insert into jobs.job (name) select name from jobs.schedule`;
    await until(
      'outdated rows to be removed',
      async () => (await outdated()).every((table) => left.includes(table)),
      60_000,
    ).catch(() => {});
    expect(await outdated(), 'tables that keep outdated rows').toEqual(left);
  };

  it('lose outdated rows by the scheduled jobs, and no others', async () => {
    expect(REMOVALS.length).toBeGreaterThan(10);
    await insertOutdated();
    await runJobs([]);
    const [owner] = await sql`select count(*)::int as count from users where username = 'owner1'`;
    expect(owner?.count).toBe(1);
  });

  it('lose outdated rows even if the tasks for other tables fail, which the next run makes up for', async () => {
    // Not the tables of pg-boss, which are not removed by tasks. With `users`, because its cascade would fail too.
    const broken = REMOVALS.map(({ table }) => table).filter(
      (table, index) => table.startsWith('public.') && index % 2 === 0,
    );
    await sql.unsafe(`create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'refused by the test'; end $$`);
    const onEach = (statement: (table: string) => string) => sql.unsafe(broken.map(statement).join(';'));
    expect(broken).toContain('public.users');
    await onEach((table) => `create trigger refuse before delete on ${table} execute function refuse()`);
    await insertOutdated();
    await runJobs(broken);
    const failed = gateway.logs().match(/"msg":"maintenance task failed"/g) ?? [];
    expect(failed).toHaveLength(broken.length);
    await onEach((table) => `drop trigger refuse on ${table}`);
    await runJobs([]);
  });
});
