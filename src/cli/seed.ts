import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseConfig } from '../config.js';
import { migrate } from '../gateway.js';
import { createLog } from '../platform/log.js';
import { openDatabase } from '../platform/open-database.js';
import { developmentSecret } from '../platform/secrets.js';
import { Progress } from './progress.js';
import { insertFailures, insertSecondFactors, insertUsers } from './seed-users.js';

const USAGE = 'usage: npm run seed -- --users <1 to 10000000>';
const MOST = 10_000_000;
/** Rows of one statement. */
const CHUNK = 10_000;

/** Fills a database with made-up people, for trying out how it goes with many. None of them can sign in. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { users: { type: 'string' } } });
  const total = Number(values.users);
  if (!Number.isInteger(total) || total < 1 || total > MOST) throw new Error(USAGE);
  if (existsSync('.env')) process.loadEnvFile('.env');
  if (process.env.NODE_ENV === 'production') throw new Error('Made-up people have no place in production.');
  const config = parseConfig(process.env, (name) => developmentSecret('.data/secrets', name));
  if (config.database.url.startsWith('pglite:'))
    throw new Error('This fills a Postgres server: please set DATABASE_URL to postgres://…');

  const database = await openDatabase(config.database.url, 2, createLog('error'));
  try {
    await migrate(database);
    await database.withMigrationLock(({ execute }) => fill(execute, total));
  } finally {
    await database.close();
  }
}

async function fill(execute: (text: string) => Promise<unknown>, total: number): Promise<void> {
  const progress = new Progress(process.stderr, total);
  for (let from = 1; from <= total; from += CHUNK) {
    const to = Math.min(from + CHUNK - 1, total);
    // Sent together they are one transaction: no chunk is left half done.
    await execute(
      [insertUsers(from, to, total), insertSecondFactors(from, to), insertFailures(from, to)].join(';'),
    );
    progress.reached(to);
  }
  // VACUUM as well: it flushes what the search index put off, and lets counts be read from indexes alone.
  for (const table of ['users', 'two_factors', 'failure_counters'])
    await execute(`VACUUM (ANALYZE) ${table}`);
  progress.done();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : 'failed'}\n`);
    process.exit(1);
  },
);
