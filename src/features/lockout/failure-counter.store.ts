import { and, eq, lt, type SQL, sql } from 'drizzle-orm';
import { anyOf } from '../../platform/columns.js';
import { type Database, deleteInBatches } from '../../platform/database.js';
import { failureCounters } from './lockout.table.js';

/** What came of counting. */
export interface Counted {
  /** `locked`: by this count. `refused`: it was locked before, and nothing was counted. */
  readonly outcome: 'open' | 'locked' | 'refused';
  /** Seconds until the lock ends; 0 if it is open. */
  readonly retryAfter: number;
}

export interface LockRule {
  /** Failures that lock. */
  readonly threshold: number;
  /** How long the first lock lasts, in minutes. */
  readonly minutes: number;
}

/** No lock lasts longer, in minutes. */
const MAX_LOCK_MINUTES = 60;
/** Hours without an attempt after which a counter starts anew. */
const FORGET_HOURS = 24;

const counters = failureCounters;
const isForgotten = sql`${counters.updatedAt} < now() - make_interval(hours => ${FORGET_HOURS})`;
const isLocked = sql`coalesce(${counters.lockedUntil} > now(), false)`;
/** A lock that has ended, or a long silence, starts the count anew. */
const failures = sql`CASE WHEN ${counters.lockedUntil} <= now() OR ${isForgotten} THEN 0 ELSE ${counters.failures} END`;
const locks = sql`CASE WHEN ${isForgotten} THEN 0 ELSE ${counters.locks} END`;
const retryAfter = sql<number>`ceil(coalesce(extract(epoch FROM ${counters.lockedUntil} - now()), 0))::int`;

/**
 * When a lock that begins now ends: each further one lasts twice as long as the one before. In whole milliseconds, as
 * the column stores it, so that rounding up does not make it longer than the rule.
 */
function lockEnd({ minutes }: LockRule, locksBefore: SQL): SQL {
  const lasts = sql`least(${MAX_LOCK_MINUTES}::int, ${minutes}::int * power(2, least(${locksBefore}, 10))::int)`;
  return sql`date_trunc('milliseconds', now()) + make_interval(mins => ${lasts})`;
}

/** Counts failures, in statements that commit by themselves and are atomic. */
export class FailureCounterStore {
  constructor(readonly db: Database) {}

  /**
   * Counts a failure (1), or only looks (0), unless the key is locked. Failures that reach the threshold lock; by a
   * look they do if the threshold was lowered after they were counted.
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
    // The lock may have ended since.
    return { outcome: 'refused', retryAfter: Math.max(1, lock?.retryAfter ?? 0) };
  }

  /** Whether none of these keys is locked, or has as many failures as lock since the threshold was lowered. */
  async areOpen(keys: readonly string[], { threshold }: LockRule): Promise<boolean> {
    const isClosed = sql`(${isLocked} OR (${failures}) >= ${threshold}::int)`;
    const closed = await this.db
      .select({ key: counters.key })
      .from(counters)
      .where(and(anyOf(counters.key, keys, 'text'), isClosed));
    return closed.length === 0;
  }

  /** Forgets everything that was counted for these keys. */
  async clear(tx: Database, keys: readonly string[]): Promise<void> {
    await tx.delete(counters).where(anyOf(counters.key, keys, 'text'));
  }

  /** Until when a key is locked, for each that is. */
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
