import { StartupError } from './error.js';

type Execute = (text: string) => Promise<{ readonly rows: readonly Record<string, unknown>[] }>;

/**
 * Checks what cannot be changed once a database exists. Call it before the migrations.
 * @throws StartupError if its encoding is not UTF-8, which could not store most names
 */
export async function checkDatabase(execute: Execute): Promise<void> {
  const { rows } = await execute('SHOW server_encoding');
  const encoding = rows[0]?.server_encoding;
  if (encoding === 'UTF8') return;
  throw new StartupError([
    `DATABASE_URL must name a database whose encoding is UTF8, not ${encoding} (create it with TEMPLATE template0 ENCODING 'UTF8')`,
  ]);
}
