import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import { expect, it } from 'vitest';
import { createLog } from '../../../src/platform/log.js';
import { connectDatabase } from '../../../src/platform/startup.js';
import { EXCEPTIONS } from '../../released/exceptions.js';
import { insertOwners, REMOVALS } from '../../support/bounds.js';
import { freshFolder } from '../../support/gateway.js';
import { describeOnPostgres } from '../../support/in-process.js';
import { lastRelease } from '../../support/releases.js';
import { freshDatabase } from '../../support/services.js';

interface Journal {
  entries: { idx: number; tag: string; when: number }[];
}
const JOURNAL = 'meta/_journal.json';

/** What a node of the last release relies on, as one line each. */
const PROMISES = `
  select table_name || '.' || column_name || ' is ' || udt_name as promise from information_schema.columns
    where table_schema = 'public'
  union all
  select table_name || '.' || column_name || ' may be left out' from information_schema.columns
    where table_schema = 'public' and (is_nullable = 'YES' or column_default is not null or is_identity = 'YES')
  union all
  select table_name || '.' || column_name || ' is never null' from information_schema.columns
    where table_schema = 'public' and is_nullable = 'NO'
  union all
  select distinct t.relname || ' is unique by ' || regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING ', '')
    from pg_index i join pg_class t on t.oid = i.indrelid join pg_namespace n on n.oid = t.relnamespace
    where n.nspname = 'public' and i.indisunique and not t.relispartition
  union all
  select typname || ' has ' || enumlabel from pg_enum join pg_type on pg_type.oid = enumtypid`;

/** Rows of every table that REMOVALS does not fill. */
const OTHERS = `
  insert into audit_events (type, actor_id, subject_id) select 'LOGIN_SUCCEEDED', id, id from users;
  insert into audit_seals (event_id, seal, sealed_at) select id, sha256(id::text::bytea), now() from audit_events
    on conflict do nothing;
  insert into identities (user_id, provider, issuer, subject)
    select id, 'acme', 'https://acme.example', id::text || random() from users;
  insert into passkeys (user_id, credential_id, public_key, counter, transports, aaguid, name, backup_eligible, backed_up)
    select id, sha256((id::text || random())::bytea), 'x', 0, '{}', gen_random_uuid(), 'key', false, false from users;
  insert into recovery_codes (user_id, hash) select id, sha256((id::text || random())::bytea) from users`;

describeOnPostgres('the migrations since the last release', () => {
  /** A database with the tables of the last release, and the folders of its migrations and of the present ones. */
  async function released() {
    const present = join(await freshFolder(), 'drizzle');
    await cp('drizzle', present, { recursive: true });
    const old = join(await freshFolder(), 'drizzle');
    await cp('drizzle', old, { recursive: true });
    const journal: Journal = JSON.parse(await readFile(join(old, JOURNAL), 'utf8'));
    journal.entries = journal.entries.filter(({ tag }) => tag in lastRelease.migrations);
    await writeFile(join(old, JOURNAL), JSON.stringify(journal));
    const url = await freshDatabase();
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    await migrate(url, old);
    return { url, sql, present };
  }

  async function migrate(url: string, folder: string) {
    const database = await connectDatabase({ url, poolSize: 1 }, createLog('silent'));
    try {
      await database.withMigrationLock((connection) => connection.migrate(folder));
    } finally {
      await database.close();
    }
  }

  const promisesOf = async (sql: postgres.Sql) =>
    (await sql.unsafe(PROMISES)).map(({ promise }) => promise as string);

  /** The INSERT statements of a node of the last release. */
  async function write(sql: postgres.Sql) {
    for (const { table, insert, where } of REMOVALS) {
      if (!table.startsWith('public.') || table === 'public.signing_keys') continue;
      await sql.unsafe(insert(100));
      await sql.unsafe(`delete from ${table} where ${where}`);
      await sql.unsafe(insert(100));
    }
    await sql.unsafe(OTHERS);
  }

  const rows = async (sql: postgres.Sql) => {
    const counts: Record<string, number> = {};
    const names = await sql`select relname as name from pg_class where relnamespace = 'public'::regnamespace
      and relkind in ('r', 'p') and not relispartition`;
    for (const { name } of names) {
      const [row] = await sql.unsafe(`select count(*)::int as count from "${name}"`);
      counts[name] = row?.count;
    }
    return counts;
  };

  it('keep the rows of every table, and what nodes of the release rely on, unless a reason is named', async () => {
    const { url, sql, present } = await released();
    await sql.unsafe(insertOwners(100));
    await write(sql);
    const before = { promises: await promisesOf(sql), rows: await rows(sql) };
    expect(Object.values(before.rows).filter((count) => count >= 100).length).toBeGreaterThan(13);

    await migrate(url, present);
    expect(await rows(sql)).toMatchObject(before.rows);
    const now = new Set(await promisesOf(sql));
    const excepted = Object.values(EXCEPTIONS).flatMap(({ promises = {} }) => Object.keys(promises));
    const lost = before.promises.filter((promise) => !now.has(promise));
    expect(lost.toSorted()).toEqual(excepted.toSorted());

    // The old nodes go on writing.
    for (const { table, where } of REMOVALS)
      if (table.startsWith('public.')) await sql.unsafe(`delete from ${table} where ${where}`);
    await write(sql);
    await sql.end();
  });

  it('would be reported if they broke a node of the release', async () => {
    const { url, sql, present } = await released();
    const before = await promisesOf(sql);
    const journal: Journal = JSON.parse(await readFile(join(present, JOURNAL), 'utf8'));
    const last = journal.entries.at(-1) as Journal['entries'][0];
    journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1000, tag: 'bad' });
    await writeFile(join(present, JOURNAL), JSON.stringify(journal));
    await writeFile(
      join(present, 'bad.sql'),
      `ALTER TABLE users DROP COLUMN display_name;--> statement-breakpoint
       ALTER TABLE sessions ALTER COLUMN user_agent SET NOT NULL;--> statement-breakpoint
       ALTER TABLE one_time_tokens ALTER COLUMN purpose DROP NOT NULL;--> statement-breakpoint
       DROP INDEX identities_issuer_subject_unique`,
    );
    await migrate(url, present);
    const now = new Set(await promisesOf(sql));
    const excepted = Object.values(EXCEPTIONS).flatMap(({ promises = {} }) => Object.keys(promises));
    const lost = before.filter((promise) => !now.has(promise) && !excepted.includes(promise));
    expect(lost.toSorted()).toEqual([
      'identities is unique by btree (issuer, subject)',
      'one_time_tokens.purpose is never null',
      'sessions.user_agent may be left out',
      'users.display_name is text',
      'users.display_name may be left out',
    ]);
    await sql.end();
  });
});
