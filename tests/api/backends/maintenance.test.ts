import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { describe, expect, it } from 'vitest';
import { FailureCounterStore } from '../../../src/features/lockout/failure-counter.store.js';
import { queryRows } from '../../../src/platform/database.js';
import { AdvisoryLock } from '../../../src/platform/locks.js';
import { createLog } from '../../../src/platform/log.js';
import { connectDatabase } from '../../../src/platform/startup.js';
import { describeOnBackends } from '../../support/backends.js';
import { embeddedDatabase } from '../../support/gateway.js';
import { freshDatabase } from '../../support/services.js';

/** More than two batches. */
const BACKLOG = 12_345;

describeOnBackends('the removal of old rows', ({ backend }) => {
  it('removes a backlog of any size, keeps fresh rows, and skips a locked row', async () => {
    const url = await (backend === 'postgres' ? freshDatabase() : embeddedDatabase());
    const database = await connectDatabase({ url, poolSize: 2 }, createLog('silent'));
    const count = async () => {
      const [row] = await queryRows<{ count: number }>(
        database.db,
        sql`SELECT count(*)::int AS count FROM failure_counters`,
      );
      return row?.count;
    };
    try {
      await database.withMigrationLock(async (connection) => {
        await connection.migrate('drizzle');
        await connection.execute(`
          INSERT INTO failure_counters (key, failures, updated_at)
          SELECT 'identifier:' || n, 1, now() - interval '2 days' FROM generate_series(1, ${BACKLOG}) n;
          INSERT INTO failure_counters (key, failures) SELECT 'fresh:' || n, 1 FROM generate_series(1, 10) n`);
      });
      const store = new FailureCounterStore(database.db);
      if (backend === 'postgres') {
        const holder = postgres(url, { max: 1, onnotice: () => {} });
        await holder.begin(async (tx) => {
          await tx`select 1 from failure_counters where key = 'identifier:7' for update`;
          await store.deleteOld();
          expect(await count()).toBe(11);
        });
        await holder.end();
      }
      await store.deleteOld();
      expect(await count()).toBe(10);
    } finally {
      await database.close();
    }
  });
});

describe('advisory locks', () => {
  const root = fileURLToPath(new URL('../../../src', import.meta.url));
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));

  it('has distinct numbers', () => {
    const numbers = Object.values(AdvisoryLock).filter((value) => typeof value === 'number');
    expect(numbers.length).toBeGreaterThan(3);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('takes the locks only through the platform, by their names', () => {
    const taking = sources.filter(({ text }) => /pg_(?:try_)?advisory/.test(text)).map(({ file }) => file);
    expect(taking.sort()).toEqual(['platform/database.ts', 'platform/postgres-migration.ts']);
    for (const { file, text } of sources) expect(text, file).not.toMatch(/pg_(?:try_)?advisory\w+\(\s*\d/);
  });
});
