import { createLog } from '../platform/log.js';
import { connectDatabase, migrate } from '../platform/startup.js';
import { readConfig } from './environment.js';

/** For operators who do not let the gateway apply migrations at its start. */
export async function migrateDatabase(): Promise<number> {
  const { database: settings } = readConfig();
  const database = await connectDatabase(settings.url, settings.poolSize, createLog('error'));
  try {
    await migrate(database);
  } finally {
    await database.close();
  }
  process.stdout.write('the database is up to date\n');
  return 0;
}
