import { eq, inArray, lt, sql } from 'drizzle-orm';
import type { Database } from '../platform/database.js';
import { failureCounters } from './lockout.table.js';

/** What an attempt may do, and what follows should it fail. */
export interface Reservation {
  readonly admitted: boolean;
  /** Whether this attempt is the one that locks, should it fail. */
  readonly locks: boolean;
  /** Seconds until the lock ends; 0 where there is none. */
  readonly retryAfter: number;
}

export interface LockRule {
  /** Failures that lock. */
  readonly threshold: number;
  /** How long the first lock lasts, in minutes. */
  readonly minutes: number;
}

/** No lock lasts longer, in minutes. */
const LONGEST = 60;
/** Hours without an attempt after which a counter starts anew. */
const FORGET_HOURS = 24;

const counters = failureCounters;
const forgotten = sql`${counters.updatedAt} < now() - make_interval(hours => ${FORGET_HOURS})`;
const isOver = sql`(coalesce(${counters.lockedUntil} <= now(), false) OR ${forgotten})`;

/**
 * Counts attempts before they are made and takes back those that succeed. Were failures counted afterwards,
 * fifty guesses at once would all be checked before the first is counted (ASVS 6.3.1).
 */
export class FailureCounterStore {
  constructor(readonly db: Database) {}

  /**
   * Reserves one attempt, in one statement that commits by itself: of many at once no more than the threshold
   * are admitted. The one that reaches it locks at once, and is itself still admitted.
   */
  async reserve(key: string, { threshold, minutes }: LockRule): Promise<Reservation> {
    const until = (locks: unknown) =>
      sql`now() + make_interval(mins => least(${LONGEST}::int, ${minutes}::int * power(2, least(${locks}, 10))::int))`;
    const failures = sql`CASE WHEN ${isOver} THEN 1 ELSE ${counters.failures} + 1 END`;
    const locks = sql`CASE WHEN ${forgotten} THEN 0 ELSE ${counters.locks} END`;
    const reaches = sql`(${failures}) = ${threshold}::int`;
    const [row] = await this.db
      .insert(counters)
      .values({
        key,
        failures: 1,
        locks: threshold === 1 ? 1 : 0,
        lockedUntil: threshold === 1 ? until(sql`0`) : null,
      })
      .onConflictDoUpdate({
        target: counters.key,
        set: {
          failures,
          locks: sql`(${locks}) + CASE WHEN ${reaches} THEN 1 ELSE 0 END`,
          lockedUntil: sql`CASE WHEN ${reaches} THEN ${until(sql`(${locks})`)}
            WHEN (${failures}) > ${threshold}::int THEN ${counters.lockedUntil} END`,
          updatedAt: sql`now()`,
        },
      })
      .returning({
        failures: counters.failures,
        retryAfter: sql<number>`ceil(coalesce(extract(epoch FROM ${counters.lockedUntil} - now()), 0))::int`,
      });
    if (row === undefined) throw new TypeError('a counter always answers');
    return {
      admitted: row.failures <= threshold,
      locks: row.failures === threshold,
      retryAfter: Math.max(1, row.retryAfter),
    };
  }

  /** Takes back a reserved attempt that did not fail, with the lock that it brought. */
  async release(key: string, { threshold }: LockRule): Promise<void> {
    const brought = sql`${counters.failures} = ${threshold}::int`;
    await this.db
      .update(counters)
      .set({
        failures: sql`greatest(${counters.failures} - 1, 0)`,
        locks: sql`greatest(${counters.locks} - CASE WHEN ${brought} THEN 1 ELSE 0 END, 0)`,
        lockedUntil: sql`CASE WHEN ${counters.failures} > ${threshold}::int THEN ${counters.lockedUntil} END`,
      })
      .where(eq(counters.key, key));
  }

  /** Forgets everything that was counted for these keys. */
  async clear(tx: Database, keys: readonly string[]): Promise<void> {
    await tx.delete(counters).where(inArray(counters.key, [...keys]));
  }

  /** Until when a key is locked, for each that is. */
  async lockedUntil(keys: readonly string[]): Promise<Map<string, Date>> {
    const rows = await this.db
      .select({ key: counters.key, lockedUntil: counters.lockedUntil })
      .from(counters)
      .where(sql`${inArray(counters.key, [...keys])} AND ${counters.lockedUntil} > now()`);
    return new Map(rows.map((row) => [row.key, row.lockedUntil as Date]));
  }

  async deleteOld(): Promise<void> {
    await this.db
      .delete(counters)
      .where(lt(counters.updatedAt, sql`now() - make_interval(hours => ${FORGET_HOURS})`));
  }
}
