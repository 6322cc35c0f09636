import { or, sql } from 'drizzle-orm';
import { batched } from '../../platform/batch.js';
import { type Database, queryRows } from '../../platform/database.js';
import type { UserCondition } from '../accounts/index.js';

/** Checks whether users have a second factor of any method. */
export class SecondFactorsStore {
  /** Whether one user has a second factor. Calls in the same tick share one query. */
  readonly isEnabled: (userId: string) => Promise<boolean>;

  constructor(
    db: Database,
    readonly conditions: readonly UserCondition[],
  ) {
    const id = sql.identifier('id');
    const statement = (ids: string) =>
      sql<{
        id: string;
      }>`SELECT id::text FROM unnest(${ids}::uuid[]) AS candidates(id) WHERE ${this.enabledFor(id)}`;
    const load = batched(async (ids: readonly string[]) => {
      const rows = await queryRows<{ id: string }>(db, statement(`{${ids.join(',')}}`));
      return new Map(rows.map((row) => [row.id, true]));
    });
    this.isEnabled = async (userId) => (await load(userId)) ?? false;
  }

  /** The condition that any factor is enabled, for the statements of other features. */
  enabledFor: UserCondition = (userId) =>
    or(...this.conditions.map((condition) => condition(userId))) ?? sql`false`;
}
