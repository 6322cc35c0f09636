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
export const EXCEPTIONS: Readonly<Record<string, Exceptions>> = {};
