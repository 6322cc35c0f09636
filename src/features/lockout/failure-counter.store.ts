import { randomUUID } from 'node:crypto';
import { and, eq, lt, type SQL, sql } from 'drizzle-orm';
import { anyOf } from '../../platform/columns.js';
import { type Database, deleteInBatches } from '../../platform/database.js';
import { failureCounters } from './lockout.table.js';

/** What becomes of an attempt before it is checked. */
export type Reservation =
  | { readonly outcome: 'admitted' }
  /** As many are being checked as could still fail without a lock: wait for one of them. */
  | { readonly outcome: 'busy' }
  /** With the seconds until the lock ends. */
  | { readonly outcome: 'locked'; readonly retryAfter: number };

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
/** Seconds after which an attempt that has not ended is taken to have died with its process. */
const LEASE_SECONDS = 60;

const counters = failureCounters;
const isForgotten = sql`${counters.updatedAt} < now() - make_interval(hours => ${FORGET_HOURS})`;
const isLocked = sql`coalesce(${counters.lockedUntil} > now(), false)`;
/** A lock that has ended, or a long silence, starts the count anew. */
const failures = sql`CASE WHEN ${counters.lockedUntil} <= now() OR ${isForgotten} THEN 0 ELSE ${counters.failures} END`;
const locks = sql`CASE WHEN ${isForgotten} THEN 0 ELSE ${counters.locks} END`;
const inFlight = sql`CASE WHEN ${counters.updatedAt} < now() - make_interval(secs => ${LEASE_SECONDS}) THEN 0 ELSE ${counters.inFlight} END`;

/**
 * When a lock that begins now ends: each further one lasts twice as long as the one before. In whole milliseconds, as
 * the column stores it, so that rounding up does not make it longer than the rule.
 */
function lockEnd({ minutes }: LockRule, locksBefore: SQL): SQL {
  const lasts = sql`least(${MAX_LOCK_MINUTES}::int, ${minutes}::int * power(2, least(${locksBefore}, 10))::int)`;
  return sql`date_trunc('milliseconds', now()) + make_interval(mins => ${lasts})`;
}

/**
 * Counts attempts before they are checked. Were failures counted afterwards only, fifty guesses at once would
 * all be checked before the first is counted (ASVS 6.3.1). Were each attempt a failure until it is known to be
 * none, a user who signs in from six tabs at once would be locked out by their own password.
 */
export class FailureCounterStore {
  constructor(readonly db: Database) {}

  /**
   * Reserves one attempt, in one statement that commits by itself: failures and attempts under way are together
   * never more than the threshold. If the failures reach it without a lock, the key is locked now: the threshold
   * was lowered after they were counted.
   */
  async reserve(key: string, rule: LockRule): Promise<Reservation> {
    const attempt = randomUUID();
    const threshold = sql`${rule.threshold}::int`;
    const fits = sql`(NOT ${isLocked} AND (${failures}) + (${inFlight}) < ${threshold})`;
    const locksNow = sql`(NOT ${isLocked} AND (${failures}) >= ${threshold})`;
    const [row] = await this.db
      .insert(counters)
      .values({ key, inFlight: 1, lastAttempt: attempt })
      .onConflictDoUpdate({
        target: counters.key,
        set: {
          failures,
          locks: sql`(${locks}) + CASE WHEN ${locksNow} THEN 1 ELSE 0 END`,
          inFlight: sql`(${inFlight}) + CASE WHEN ${fits} THEN 1 ELSE 0 END`,
          lastAttempt: sql`CASE WHEN ${fits} THEN ${attempt}::uuid ELSE ${counters.lastAttempt} END`,
          lockedUntil: sql`CASE WHEN ${isLocked} THEN ${counters.lockedUntil} WHEN ${locksNow} THEN ${lockEnd(rule, locks)} END`,
          updatedAt: sql`CASE WHEN ${fits} OR ${locksNow} THEN now() ELSE ${counters.updatedAt} END`,
        },
      })
      .returning({
        lastAttempt: counters.lastAttempt,
        retryAfter: sql<number>`ceil(coalesce(extract(epoch FROM ${counters.lockedUntil} - now()), 0))::int`,
      });
    if (row?.lastAttempt === attempt) return { outcome: 'admitted' };
    const retryAfter = row?.retryAfter ?? 0;
    return retryAfter > 0 ? { outcome: 'locked', retryAfter } : { outcome: 'busy' };
  }

  /**
   * A reserved attempt failed.
   * @returns whether that locked
   */
  async fail(key: string, rule: LockRule): Promise<boolean> {
    const reaches = sql`(NOT ${isLocked} AND ${counters.failures} + 1 >= ${rule.threshold}::int)`;
    // The row is gone if the key was unlocked meanwhile. Then this is the first failure.
    const firstLocks = rule.threshold === 1;
    const lock = randomUUID();
    const [row] = await this.db
      .insert(counters)
      .values({
        key,
        failures: 1,
        locks: firstLocks ? 1 : 0,
        lockedUntil: firstLocks ? lockEnd(rule, sql`0`) : null,
        lastAttempt: firstLocks ? lock : null,
      })
      .onConflictDoUpdate({
        target: counters.key,
        set: {
          failures: sql`${counters.failures} + 1`,
          inFlight: sql`greatest(${counters.inFlight} - 1, 0)`,
          locks: sql`${counters.locks} + CASE WHEN ${reaches} THEN 1 ELSE 0 END`,
          lockedUntil: sql`CASE WHEN ${reaches} THEN ${lockEnd(rule, sql`${counters.locks}`)} ELSE ${counters.lockedUntil} END`,
          lastAttempt: sql`CASE WHEN ${reaches} THEN ${lock}::uuid ELSE ${counters.lastAttempt} END`,
          updatedAt: sql`now()`,
        },
      })
      .returning({ lastAttempt: counters.lastAttempt });
    return row?.lastAttempt === lock;
  }

  /** A reserved attempt did not fail: it is as if it had not been made. */
  async release(key: string): Promise<void> {
    await this.db
      .update(counters)
      .set({ inFlight: sql`greatest(${counters.inFlight} - 1, 0)` })
      .where(eq(counters.key, key));
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
