/**
 * What migrations since the last release do although it is not safe by rule while nodes of that release still run. Each
 * needs a reason. The record of a release (docs/releasing.md) covers its migrations: then remove the exceptions.
 */
export interface Exceptions {
  /** Statements of a migration, by their beginning, in one line. */
  readonly statements?: Readonly<Record<string, string>>;
  /** What the tables no longer promise, as `tests/api/backends/released-migrations.test.ts` prints it. */
  readonly promises?: Readonly<Record<string, string>>;
}

/** By the tag of the migration. */
export const EXCEPTIONS: Readonly<Record<string, Exceptions>> = {
  '0015_audit-partitions': {
    statements: {
      'LOCK TABLE audit_events, audit_seals': 'For milliseconds, and it gives up after five seconds.',
      'CREATE UNIQUE INDEX IF NOT EXISTS audit_events_id_created_at':
        'drizzle/before/ has built it concurrently.',
      'CREATE UNIQUE INDEX IF NOT EXISTS audit_seals_event_id_sealed_at':
        'drizzle/before/ has built it concurrently.',
      'DO $$ DECLARE -- The first partitions':
        'The new tables have the old names and columns. No row is read: drizzle/before/ has checked them.',
      'REVOKE EXECUTE ON FUNCTION drop_pruned_audit_partitions()':
        'The function is new, so old nodes do not call it.',
    },
    promises: {
      'audit_events is unique by btree (id)': 'A sequence gives the ids, and no release chooses one itself.',
      'audit_seals is unique by btree (event_id)':
        'One job at a time seals, behind a lock, and verify checks it.',
    },
  },
  '0016_search-grams': {
    statements: {
      'CREATE OR REPLACE FUNCTION "search_grams"': 'The function is new, so old nodes do not call it.',
      'CREATE INDEX IF NOT EXISTS "users_short_search"': 'drizzle/before/ has built it concurrently.',
    },
  },
};
