import { getTableColumns, lt, type SQL, sql } from 'drizzle-orm';
import { type Database, queryRows } from '../../platform/database.js';
import type { UserCondition } from '../accounts/index.js';
import { users } from '../accounts/user.table.js';
import { sessions } from '../sessions/session.table.js';
import { accountTotals } from './account-totals.table.js';
import type { AccountTotals } from './statistics.model.js';

/** The conditions on users that other features know. */
export interface TotalsConditions {
  readonly isLockedFor: UserCondition;
  readonly twoFactorEnabledFor: UserCondition;
  readonly hasPasskeyFor: UserCondition;
}

export interface CountedTotals {
  readonly totals: AccountTotals;
  /** By the clock of the database. */
  readonly began: Date;
}

/** A count of tables of this size takes some 20 ms. */
const MAX_SMALL_BYTES = 16 * 1024 * 1024;

const { single, countedAt, ...figures } = getTableColumns(accountTotals);

export class AccountTotalsStore {
  constructor(
    readonly db: Database,
    /** Counts rows and reads the stored count. */
    readonly reader: Database,
    readonly conditions: TotalsConditions,
  ) {}

  /** Whether a count is fast. By the size of the files, which is known without reading rows and never out of date. */
  async areTablesSmall(): Promise<boolean> {
    const [row] = await queryRows<{ small: boolean }>(
      this.reader,
      sql`SELECT pg_relation_size('users') + pg_relation_size('sessions') + pg_relation_size('two_factors')
        + pg_relation_size('passkeys') < ${MAX_SMALL_BYTES}::bigint AS small`,
    );
    return row?.small ?? false;
  }

  /**
   * Counts the rows, in several statements: each must end within the statement timeout, however large the tables are.
   * @returns the totals, and the time when the count began
   */
  async count(): Promise<CountedTotals> {
    const { isLockedFor, twoFactorEnabledFor, hasPasskeyFor } = this.conditions;
    const [start] = await queryRows<{ ms: number }>(
      this.reader,
      sql`SELECT extract(epoch FROM now())::float8 * 1000 AS ms`,
    );
    const totals = {
      users: await this.#countUsers(sql`true`),
      staff: await this.#countUsers(sql`${users.role} = 'STAFF'`),
      admins: await this.#countUsers(sql`${users.role} = 'ADMIN'`),
      deactivated: await this.#countUsers(sql`NOT ${users.isActive}`),
      locked: await this.#countUsers(isLockedFor(users.id)),
      twoFactorEnabled: await this.#countUsers(twoFactorEnabledFor(users.id)),
      withPasskey: await this.#countUsers(hasPasskeyFor(users.id)),
      liveSessions: await this.#countLiveSessions(),
    };
    return { totals, began: new Date(start?.ms ?? 0) };
  }

  /** The stored count, if it began within the last `seconds`. */
  async findRecent(seconds: number): Promise<AccountTotals | undefined> {
    const isRecent = sql`${countedAt} > now() - make_interval(secs => ${seconds}::int)`;
    const [row] = await this.reader.select(figures).from(accountTotals).where(isRecent);
    return row;
  }

  /** Stores a count, unless a later one is stored. */
  async store({ totals, began }: CountedTotals): Promise<void> {
    const set = { ...totals, countedAt: began };
    await this.db
      .insert(accountTotals)
      .values(set)
      .onConflictDoUpdate({ target: single, set, setWhere: lt(countedAt, began) });
  }

  async #countUsers(condition: SQL): Promise<number> {
    return this.reader.$count(users, sql`NOT ${users.pending} AND (${condition})`);
  }

  async #countLiveSessions(): Promise<number> {
    return this.reader.$count(sessions, sql`${sessions.revokedAt} IS NULL AND ${sessions.expiresAt} > now()`);
  }
}
