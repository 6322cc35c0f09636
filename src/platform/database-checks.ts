import { sql } from 'drizzle-orm';
import { type Database, queryRows } from './database.js';
import { StartupError } from './error.js';

/**
 * Checks the encoding, which cannot be changed later. Call it before the migrations.
 * @throws StartupError unless the encoding is UTF-8: others cannot store every name
 */
export async function checkDatabase(db: Database): Promise<void> {
  const [row] = await queryRows<{ server_encoding: string }>(db, sql`SHOW server_encoding`);
  const encoding = row?.server_encoding;
  if (encoding === 'UTF8') return;
  throw new StartupError([
    `DATABASE_URL must name a database whose encoding is UTF8, not ${encoding}: create it with TEMPLATE template0 ENCODING 'UTF8'`,
  ]);
}
