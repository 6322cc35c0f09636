import { sql } from 'drizzle-orm';
import { type Database, rowsOf } from './database.js';
import { StartupError } from './error.js';

/**
 * Checks what cannot be changed once a database exists. Call it before the migrations.
 * @throws StartupError if its encoding is not UTF-8, which could not store most names
 */
export async function checkDatabase(db: Database): Promise<void> {
  const [row] = await rowsOf<{ server_encoding: string }>(db, sql`SHOW server_encoding`);
  const encoding = row?.server_encoding;
  if (encoding === 'UTF8') return;
  throw new StartupError([
    `DATABASE_URL must name a database whose encoding is UTF8, not ${encoding} (create it with TEMPLATE template0 ENCODING 'UTF8')`,
  ]);
}
