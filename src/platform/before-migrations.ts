import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Journal {
  readonly entries: readonly { readonly tag: string; readonly when: number }[];
}

type Execute = (text: string) => Promise<{ rows: Record<string, unknown>[] }>;

/**
 * Runs the files of `before/` in the folder of migrations whose migration is still to come. All migrations run in one
 * transaction, which keeps its locks until the end. So work that takes long and needs no transaction is done before it,
 * while other nodes write. A new database needs none of it.
 * @param execute runs one statement outside of a transaction
 */
export async function runBeforeMigrations(folder: string, execute: Execute): Promise<void> {
  const applied = await lastApplied(execute);
  if (applied === undefined) return;
  const { entries }: Journal = JSON.parse(readFileSync(join(folder, 'meta', '_journal.json'), 'utf8'));
  for (const { tag, when } of entries) {
    const file = join(folder, 'before', `${tag}.sql`);
    if (when <= applied || !existsSync(file)) continue;
    for (const statement of readFileSync(file, 'utf8').split('--> statement-breakpoint'))
      await execute(statement);
  }
}

/** The time of the newest migration that is applied; undefined if the database is new. */
async function lastApplied(execute: Execute): Promise<number | undefined> {
  const { rows: found } = await execute(
    `SELECT to_regclass('drizzle.__drizzle_migrations') IS NOT NULL AS exists`,
  );
  if (found[0]?.exists !== true) return undefined;
  const { rows } = await execute(
    'SELECT max(created_at)::float8 AS applied FROM drizzle.__drizzle_migrations',
  );
  return (rows[0]?.applied as number | null) ?? undefined;
}
