import { sql } from 'drizzle-orm';
import { type Database, rowsOf } from './database.js';
import { StartupError } from './error.js';

/**
 * Checks the settings of a database that cannot be changed once it exists.
 * @throws StartupError if its encoding is not UTF-8: it could not store most names
 */
export async function checkDatabase(db: Database): Promise<void> {
  const [row] = await rowsOf<{ encoding: string }>(
    db,
    sql`SELECT current_setting('server_encoding') AS encoding`,
  );
  if (row?.encoding === 'UTF8') return;
  throw new StartupError([
    `DATABASE_URL must name a database in UTF-8, but its encoding is ${row?.encoding}: create it with ENCODING 'UTF8' TEMPLATE template0`,
  ]);
}
