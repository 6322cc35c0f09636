import { StartupError } from '../platform/error.js';
import { createLog } from '../platform/log.js';
import { connectDatabase, migrate } from '../platform/startup.js';
import { UsageError, type Values } from './command.js';
import { readConfig } from './environment.js';
import { Progress } from './progress.js';
import { insertFailures, insertSecondFactors, insertUsers } from './seed-users.js';

const MAX_USERS = 10_000_000;
/** Rows of one statement. */
const CHUNK = 10_000;

/** Generated users, to see how the gateway performs with many. None of them can sign in. */
export async function seed({ users }: Values): Promise<number> {
  const total = Number(users);
  if (!Number.isInteger(total) || total < 1 || total > MAX_USERS)
    throw new UsageError(`--users must be a number from 1 to ${MAX_USERS}`);
  if (process.env.NODE_ENV === 'production')
    throw new StartupError(['NODE_ENV is production: no users are generated there']);
  const config = readConfig();
  if (config.database.url.startsWith('pglite:'))
    throw new StartupError([
      'DATABASE_URL must be postgres://…: users are generated on a Postgres server only',
    ]);
  const database = await connectDatabase(config.database.url, 2, createLog('error'));
  try {
    await migrate(database);
    await database.withMigrationLock(({ execute }) => fill(execute, total));
    return 0;
  } finally {
    await database.close();
  }
}

async function fill(execute: (text: string) => Promise<unknown>, total: number): Promise<void> {
  const progress = new Progress(process.stderr);
  for (let from = 1; from <= total; from += CHUNK) {
    const to = Math.min(from + CHUNK - 1, total);
    // Sent together they are one transaction: no chunk is left half done.
    await execute(
      [insertUsers(from, to, total), insertSecondFactors(from, to), insertFailures(from, to)].join(';'),
    );
    progress.reached(to, total);
  }
  // VACUUM as well: it flushes what the search index put off, and lets counts be read from indexes alone.
  for (const table of ['users', 'two_factors', 'failure_counters'])
    await execute(`VACUUM (ANALYZE) ${table}`);
  progress.done();
}
