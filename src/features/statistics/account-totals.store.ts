import { type SQL, sql } from 'drizzle-orm';
import { type Database, queryRows } from '../../platform/database.js';
import type { UserCondition } from '../accounts/index.js';
import type { AccountTotals } from './statistics.model.js';

/** The conditions on users that other features know. */
export interface TotalsConditions {
  readonly isLockedFor: UserCondition;
  readonly twoFactorEnabledFor: UserCondition;
  readonly hasPasskeyFor: UserCondition;
}

const userId = sql`u.id`;

export class AccountTotalsStore {
  constructor(
    readonly db: Database,
    readonly conditions: TotalsConditions,
  ) {}

  /** Counts the rows. */
  async count(): Promise<AccountTotals> {
    const { isLockedFor, twoFactorEnabledFor, hasPasskeyFor } = this.conditions;
    const users = (condition: SQL) =>
      sql`(SELECT count(*)::int FROM users AS u WHERE NOT u.pending AND ${condition})`;
    const [totals] = await queryRows<AccountTotals>(
      this.db,
      sql`SELECT ${users(sql`true`)} AS users,
        ${users(sql`u.role = 'STAFF'`)} AS staff,
        ${users(sql`u.role = 'ADMIN'`)} AS admins,
        ${users(sql`NOT u.is_active`)} AS deactivated,
        ${users(isLockedFor(userId))} AS locked,
        ${users(twoFactorEnabledFor(userId))} AS "twoFactorEnabled",
        ${users(hasPasskeyFor(userId))} AS "withPasskey",
        (SELECT count(*)::int FROM sessions WHERE revoked_at IS NULL AND expires_at > now()) AS "liveSessions"`,
    );
    if (totals === undefined) throw new TypeError('SELECT without FROM returns one row');
    return totals;
  }
}
