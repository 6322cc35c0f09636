import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { beforeEach, expect, it } from 'vitest';
import { AuditChain, type AuditEventRow, AuditLogStore } from '../../../src/audit/index.js';
import { Seals } from '../../../src/audit/seals.js';
import type { DatabaseHandle } from '../../../src/platform/database-handle.js';
import { createLog } from '../../../src/platform/log.js';
import { connectDatabase } from '../../../src/platform/startup.js';
import { removeAtEnd, stopAtEnd } from '../../support/at-end.js';
import { describeOnPostgres } from '../../support/backends.js';
import { freshDatabase } from '../../support/services.js';
import { migratedDatabase } from '../../support/templates.js';
import { sleep } from '../../support/wait.js';

const SECRET = 'a secret of thirty-two bytes....';
const log = createLog('silent');

interface Opened {
  readonly sql: postgres.Sql;
  readonly database: DatabaseHandle;
  readonly chain: AuditChain;
}

async function open(url: string): Promise<Opened> {
  const sql = postgres(url, { max: 4, onnotice: () => {}, connection: { TimeZone: 'UTC' } });
  const database = await connectDatabase(url, 4, log);
  stopAtEnd(async () => {
    await sql.end({ timeout: 2 });
    await database.close();
  });
  return { sql, database, chain: new AuditChain(database.db, [SECRET], log) };
}

/** The partitions that have rows, with their number. */
async function rowsByPartition(sql: postgres.Sql): Promise<Record<string, number>> {
  const rows =
    await sql`SELECT tableoid::regclass::text AS name, count(*)::int AS rows FROM audit_events GROUP BY 1`;
  return Object.fromEntries(rows.map(({ name, rows: count }) => [name, count]));
}

/** The name of the partition of the month that begins so many months after this one. */
async function partitionOf(sql: postgres.Sql, months: number): Promise<string> {
  const [row] =
    await sql`SELECT 'audit_events' || to_char(date_trunc('month', now()) + make_interval(months => ${months}::int), '_YYYY_MM') AS name`;
  return row?.name;
}

/** Replaces the first partition, and all others but the default one, by one for each of these months. */
const withMonths = (from: number, to: number) => `DO $$
  DECLARE
    one record;
    month timestamptz;
    name text;
  BEGIN
    FOR one IN SELECT inhrelid::regclass AS partition FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
      WHERE inhparent IN ('audit_events'::regclass, 'audit_seals'::regclass) AND relname !~ 'default$' AND relkind = 'r'
    LOOP EXECUTE format('DROP TABLE %s', one.partition); END LOOP;
    FOR one IN SELECT root, n FROM unnest(ARRAY['audit_events', 'audit_seals']) root, generate_series(${from}, ${to}) n LOOP
      month := date_trunc('month', now()) + make_interval(months => one.n);
      name := one.root || to_char(month, '_YYYY_MM');
      EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING CONSTRAINTS)', name, one.root);
      EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()', one.root || '_keep', name);
      EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', one.root, name, month, month + interval '1 month');
    END LOOP;
  END $$`;

describeOnPostgres('the partitions of the audit log', () => {
  let opened: Opened;

  beforeEach(async () => {
    opened = await open(await migratedDatabase());
  });

  const insert = (sql: postgres.Sql, months: number, rows = 1) =>
    sql`INSERT INTO audit_events (type, created_at) SELECT 'LOGIN_FAILED', date_trunc('month', now())
      + make_interval(months => ${months}::int) + n * interval '1 second' FROM generate_series(1, ${rows}::int) n`;

  it('are made at the start if the gateway was off for a year, and rows go into them at once', async () => {
    const { sql, chain } = opened;
    await sql.unsafe(withMonths(-14, -12));
    await chain.startPartitions();
    await sql`INSERT INTO audit_events (type) VALUES ('LOGGED_OUT')`;
    expect(await rowsByPartition(sql)).toEqual({ [await partitionOf(sql, 0)]: 1 });
  });

  it('are not needed by a sign-in: without them the default partition gets the rows, which stay in the chain', async () => {
    const { sql, chain, database } = opened;
    await sql.unsafe(withMonths(-14, -12));
    await insert(sql, 0);
    await insert(sql, 40);
    await insert(sql, -40);
    expect(await rowsByPartition(sql)).toEqual({ audit_events_default: 3 });
    await chain.startPartitions();
    // This month has a row in the default partition, so it stays there. The next ones are made.
    await insert(sql, 0);
    await insert(sql, 1);
    expect(await rowsByPartition(sql)).toEqual({ audit_events_default: 4, [await partitionOf(sql, 1)]: 1 });
    expect(await chain.seal()).toBe(5);
    expect(await chain.verify()).toMatchObject({ sealed: 5, waiting: 0, broken: undefined });
    expect(await new AuditLogStore(database.db).find({}, undefined, 10)).toHaveLength(5);
    expect(await chain.prune(365)).toBe(0);
    await sql`INSERT INTO audit_events (type) VALUES ('LOGGED_OUT')`;
  });

  it('are read in an order in which pages neither lose nor repeat a row of the turn of a month', async () => {
    const { sql, database } = opened;
    await sql.unsafe(withMonths(-20, 3));
    // Ids and times are in different orders.
    for (let round = 0; round < 20; round += 1)
      for (const month of [0, -1, -2, -7, -19, -30]) await insert(sql, month, 3);
    const store = new AuditLogStore(database.db);
    for (const withTime of [true, false]) {
      for (const limit of [1, 7, 100]) {
        const seen: AuditEventRow[] = [];
        let from: { value: string | null; id: string } | undefined;
        for (;;) {
          const page = await store.find({}, from, limit);
          seen.push(...page);
          const last = page.at(-1);
          if (last === undefined) break;
          from = { value: withTime ? last.createdAt.toISOString() : null, id: String(last.id) };
        }
        expect(new Set(seen.map(({ id }) => id)).size).toBe(360);
        expect(seen).toHaveLength(360);
        const months = seen.map(({ createdAt }) => createdAt.toISOString().slice(0, 7));
        expect(months).toEqual([...months].sort().reverse());
      }
    }
    const after = new Date(Date.now() - 300 * 86_400_000);
    expect(await store.find({ after }, undefined, 1000)).toHaveLength(240);
    expect(await store.find({ before: after }, undefined, 1000)).toHaveLength(120);
  });

  it('have the ids of one sequence, and refuse what the table refuses', async () => {
    const { sql, chain } = opened;
    await insert(sql, 0, 4);
    await insert(sql, 2, 4);
    await chain.seal();
    const names = Object.keys(await rowsByPartition(sql));
    expect(names).toHaveLength(2);
    for (const name of [
      ...names,
      'audit_events_default',
      'audit_seals_default',
      'audit_events',
      'audit_seals',
    ])
      await expect(sql.unsafe(`TRUNCATE ${name}`), name).rejects.toMatchObject({ code: '42501' });
    for (const statement of [
      ...names.flatMap((name) => [`DELETE FROM ${name}`, `UPDATE ${name} SET type = 'LOGGED_OUT'`]),
      `UPDATE audit_events SET created_at = created_at + interval '1 month'`,
    ])
      await expect(sql.unsafe(statement), statement).rejects.toMatchObject({ code: '42501' });
    await expect(sql`INSERT INTO audit_events (id, type) VALUES (1, 'LOGGED_OUT')`).rejects.toMatchObject({
      code: '428C9',
    });
    const [row] = await sql`SELECT count(DISTINCT id)::int AS ids, max(id)::int AS last FROM audit_events`;
    expect(row).toEqual({ ids: 8, last: 8 });
    expect((await chain.verify()).broken).toBeUndefined();
  });

  for (const [attack, statement, fault] of [
    ['a dropped partition', (name: string) => `DROP TABLE ${name}`, 'missing'],
    [
      'a detached partition',
      (name: string) => `ALTER TABLE audit_events DETACH PARTITION ${name}`,
      'missing',
    ],
    [
      'a partition dropped with its seals',
      (name: string) => `DROP TABLE ${name}, ${name.replace('events', 'seals')}`,
      'altered',
    ],
    [
      'a row with a forged id in a partition',
      (name: string) => `INSERT INTO ${name} (id, type, created_at) OVERRIDING SYSTEM VALUE
        SELECT 2, 'LOGGED_OUT', max(created_at) FROM ${name}`,
      'missing',
    ],
  ] as const) {
    it(`show in the chain: ${attack}`, async () => {
      const { sql, chain } = opened;
      await sql.unsafe(withMonths(-2, 3));
      await insert(sql, -1, 5);
      await insert(sql, 0, 5);
      await chain.seal();
      // Seals of last month in its partition.
      const [old, recent] = [await partitionOf(sql, -1), await partitionOf(sql, 0)].map((name) =>
        name.replace('events', 'seals'),
      );
      await sql.unsafe(`ALTER TABLE ${recent} DISABLE TRIGGER USER;
        INSERT INTO ${old} SELECT event_id, seal, date_trunc('month', now()) - interval '1 day' FROM ${recent} WHERE event_id <= 5;
        DELETE FROM ${recent} WHERE event_id <= 5; ALTER TABLE ${recent} ENABLE TRIGGER USER`);
      await sql.unsafe(statement(await partitionOf(sql, -1)));
      const { broken } = await chain.verify();
      expect(broken?.fault).toBe(attack.includes('forged') ? 'altered' : fault);
    });
  }
});
