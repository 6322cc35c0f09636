import { StartupError } from '../platform/error.js';
import { createLog } from '../platform/log.js';
import { connectDatabase, migrate } from '../platform/startup.js';
import { UsageError, type Values } from './command.js';
import { readConfig } from './environment.js';
import { Progress } from './progress.js';
import { insertFailures, insertSecondFactors, insertUsers } from './seed-users.js';

const MAX_USERS = 10_000_000;
const USERS_PER_TRANSACTION = 10_000;

/** Generates users to measure the gateway with large tables. None of them can sign in. */
export async function seed({ users }: Values): Promise<number> {
  const total = Number(users);
  if (!Number.isInteger(total) || total < 1 || total > MAX_USERS)
    throw new UsageError(`--users must be a number from 1 to ${MAX_USERS}`);
  if (process.env.NODE_ENV === 'production')
    throw new StartupError(['NODE_ENV is production: gatehouse seed does not run there']);
  const config = readConfig();
  if (config.database.url.startsWith('pglite:'))
    throw new StartupError(['DATABASE_URL must be postgres://…: gatehouse seed needs a Postgres server']);
  const database = await connectDatabase({ ...config.database, poolSize: 2 }, createLog('error'));
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
  for (let from = 1; from <= total; from += USERS_PER_TRANSACTION) {
    const to = Math.min(from + USERS_PER_TRANSACTION - 1, total);
    // Statements that are sent together run in one transaction.
    await execute(
      [insertUsers(from, to, total), insertSecondFactors(from, to), insertFailures(from, to)].join(';'),
    );
    progress.update(to, total);
  }
  // VACUUM flushes the pending list of the search index and allows index-only scans for counts.
  for (const table of ['users', 'two_factors', 'failure_counters'])
    await execute(`VACUUM (ANALYZE) ${table}`);
  progress.done();
}
