import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import postgres from 'postgres';
import { expect } from 'vitest';
import type { Gateway } from './gateway.js';

type Row = Record<string, unknown>;
export type RunSql = (text: string, values?: unknown[]) => Promise<Row[]>;

/** Runs SQL on the database of a stopped gateway. Only one process can open the embedded database. */
export async function withStoppedDatabase<T>(
  gateway: Gateway,
  work: (run: RunSql) => Promise<T>,
): Promise<T> {
  if (gateway.backend === 'postgres') {
    const sql = postgres(gateway.database, { max: 1, onnotice: () => {} });
    try {
      return await work(async (text, values = []) => [...(await sql.unsafe(text, values as never[]))]);
    } finally {
      await sql.end();
    }
  }
  const client = await PGlite.create({
    extensions: { pg_trgm },
    dataDir: join(gateway.dataDir, '.data', 'postgres'),
  });
  try {
    return await work(async (text, values) => (await client.query<Row>(text, values)).rows);
  } finally {
    await client.close();
  }
}

/** Stops the gateway, and expects no mail in the queue that would be sent after the next start. */
export async function expectNoMailLeft(gateway: Gateway): Promise<void> {
  expect(await gateway.stop()).toBe(0);
  const left = await withStoppedDatabase(gateway, (run) =>
    run(`select name, state::text, data->>'template' as template from jobs.job
      where name like 'mail%' and state < 'completed'`),
  );
  expect(left).toEqual([]);
}
