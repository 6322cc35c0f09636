import { createLog } from '../platform/log.js';
import { connectDatabase, migrate } from '../platform/startup.js';
import { readConfig } from './environment.js';

/** For operators who set `MIGRATE_ON_START=false`. */
export async function migrateDatabase(): Promise<number> {
  const { database: settings } = readConfig();
  const database = await connectDatabase(settings, createLog('warn'));
  try {
    await migrate(database);
  } finally {
    await database.close();
  }
  process.stdout.write('all migrations are applied\n');
  return 0;
}
