import { and, eq, lt, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { anyOf } from '../../platform/columns.js';
import { type Database, deleteInBatches } from '../../platform/database.js';
import { failureCounters } from './lockout.table.js';

/** The result of `count`. */
export interface Counted {
  /** `locked`: this count locked the key. `refused`: the key was already locked, and nothing was counted. */
  readonly outcome: 'open' | 'locked' | 'refused';
  /** Seconds until the lock ends; 0 if it is open. */
  readonly retryAfter: number;
}

export interface LockRule {
  /** The number of failures that locks. */
  readonly threshold: number;
  /** The duration of the first lock, in minutes. */
  readonly minutes: number;
}

/** The longest lock, in minutes. */
const MAX_LOCK_MINUTES = 60;
/** A counter is reset after this many hours without an attempt. */
const FORGET_HOURS = 24;

const counters = failureCounters;
const isForgotten = sql`${counters.updatedAt} < now() - make_interval(hours => ${FORGET_HOURS})`;
const isLocked = sql`coalesce(${counters.lockedUntil} > now(), false)`;
/** The end of a lock resets the count, and so does a long time without an attempt. */
const failures = sql`CASE WHEN ${counters.lockedUntil} <= now() OR ${isForgotten} THEN 0 ELSE ${counters.failures} END`;
const locks = sql`CASE WHEN ${isForgotten} THEN 0 ELSE ${counters.locks} END`;
const retryAfter = sql<number>`ceil(coalesce(extract(epoch FROM ${counters.lockedUntil} - now()), 0))::int`;

/** The keys of accounts are `account:` and the user id. CASE prevents the cast of other keys. */
const lockedIds = sql`SELECT CASE WHEN ${counters.key} LIKE 'account:%' THEN substr(${counters.key}, 9)::uuid END
  FROM ${counters} WHERE ${counters.lockedUntil} > now() AND ${counters.key} LIKE 'account:%'`;

/** The SQL condition that the account of a user is locked. */
export const isLockedFor = (userId: SQLWrapper) => sql`${userId} IN (${lockedIds})`;

/**
 * The end of a lock that begins now. Each lock lasts twice as long as the one before. In whole milliseconds, the
 * precision of the column, so that rounding does not make the lock longer than the rule.
 */
function lockEnd({ minutes }: LockRule, locksBefore: SQL): SQL {
  const lasts = sql`least(${MAX_LOCK_MINUTES}::int, ${minutes}::int * power(2, least(${locksBefore}, 10))::int)`;
  return sql`date_trunc('milliseconds', now()) + make_interval(mins => ${lasts})`;
}

/** Counts failures. Each statement is atomic and commits on its own, apart from the transaction of a sign-in. */
export class FailureCounterStore {
  constructor(readonly db: Database) {}

  /**
   * Counts a failure (1) or none (0), unless the key is locked. Locks the key if its failures reach the threshold. A call
   * with 0 locks it only if the threshold was lowered after the failures were counted.
   */
  async count(key: string, failed: 0 | 1, rule: LockRule): Promise<Counted> {
    const sum = sql`(${failures}) + ${failed}::int`;
    const reaches = sql`(${sum} >= ${rule.threshold}::int)`;
    const firstLocks = failed >= rule.threshold;
    const [row] = await this.db
      .insert(counters)
      .values({
        key,
        failures: failed,
        locks: firstLocks ? 1 : 0,
        lockedUntil: firstLocks ? lockEnd(rule, sql`0`) : null,
      })
      .onConflictDoUpdate({
        target: counters.key,
        set: {
          failures: sum,
          locks: sql`(${locks}) + ${reaches}::int`,
          lockedUntil: sql`CASE WHEN ${reaches} THEN ${lockEnd(rule, locks)} END`,
          updatedAt: sql`now()`,
        },
        setWhere: sql`NOT ${isLocked}`,
      })
      .returning({ retryAfter });
    if (row !== undefined) return { outcome: row.retryAfter > 0 ? 'locked' : 'open', ...row };
    const [lock] = await this.db.select({ retryAfter }).from(counters).where(eq(counters.key, key));
    // The lock may have ended between the two statements.
    return { outcome: 'refused', retryAfter: Math.max(1, lock?.retryAfter ?? 0) };
  }

  /** Deletes the counter of a key if it has counted nothing: no failure, and no lock that makes the next one longer. */
  async deleteEmpty(key: string): Promise<void> {
    await this.db
      .delete(counters)
      .where(and(eq(counters.key, key), eq(counters.failures, 0), eq(counters.locks, 0)));
  }

  /** Whether no key is locked, and none has reached a threshold that was lowered. */
  async areOpen(keys: readonly string[], { threshold }: LockRule): Promise<boolean> {
    const isClosed = sql`(${isLocked} OR (${failures}) >= ${threshold}::int)`;
    const closed = await this.db
      .select({ key: counters.key })
      .from(counters)
      .where(and(anyOf(counters.key, keys, 'text'), isClosed));
    return closed.length === 0;
  }

  /** Deletes the counters of these keys. */
  async clear(tx: Database, keys: readonly string[]): Promise<void> {
    await tx.delete(counters).where(anyOf(counters.key, keys, 'text'));
  }

  /** The ends of the locks, for the keys that are locked. */
  async lockedUntil(keys: readonly string[]): Promise<Map<string, Date>> {
    const rows = await this.db
      .select({ key: counters.key, lockedUntil: counters.lockedUntil })
      .from(counters)
      .where(and(anyOf(counters.key, keys, 'text'), isLocked));
    return new Map(rows.map((row) => [row.key, row.lockedUntil as Date]));
  }

  async deleteOld(): Promise<void> {
    const isOld = lt(counters.updatedAt, sql`now() - make_interval(hours => ${FORGET_HOURS})`);
    await deleteInBatches(this.db, counters, isOld);
  }
}
