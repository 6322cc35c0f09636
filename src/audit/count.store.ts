import { and, inArray, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../platform/database.js';
import { auditEvents } from './audit.table.js';
import type { EventCounts, IntervalCounts, StatisticsInterval } from './count.model.js';

const { type, actorId, details, createdAt } = auditEvents;

/** The events that each figure counts. */
const CONDITIONS: Readonly<Record<keyof EventCounts, SQL>> = {
  signIns: sql`${type} = 'LOGIN_SUCCEEDED'`,
  // A wrong second factor of a signed-in user is not a failed sign-in.
  failedSignIns: sql`${type} = 'LOGIN_FAILED' OR (${type} = 'TWO_FACTOR_FAILED' AND ${actorId} IS NULL)`,
  lockouts: sql`${type} = 'ACCOUNT_LOCKED'`,
  // The event with which the account begins to exist: a pending registration is not an account.
  registrations: sql`${type} = 'USER_CREATED'
    OR (${type} = 'USER_REGISTERED' AND (${details} ? 'accountCreated' OR ${details} ? 'provider'))
    OR (${type} = 'EMAIL_VERIFIED' AND ${details} ? 'accountExisted' IS NOT TRUE)`,
  passwordResets: sql`${type} = 'PASSWORD_RESET'`,
  tokenReuses: sql`${type} = 'TOKEN_REUSED'`,
};

const COUNTED_TYPES = [
  'LOGIN_SUCCEEDED',
  'LOGIN_FAILED',
  'TWO_FACTOR_FAILED',
  'ACCOUNT_LOCKED',
  'USER_CREATED',
  'USER_REGISTERED',
  'EMAIL_VERIFIED',
  'PASSWORD_RESET',
  'TOKEN_REUSED',
] as const;

const countIf = (condition: SQL) => sql<number>`count(*) FILTER (WHERE ${condition})::int`;

/** Counts of audit events by hour and day (UTC). */
export class CountStore {
  constructor(readonly db: Database) {}

  /** The intervals from the one that begins at `first` to the one that begins at `last`, without empty ones. */
  find(interval: StatisticsInterval, first: Date, last: Date): Promise<IntervalCounts[]> {
    const start = sql`date_trunc(${sql.raw(`'${interval.toLowerCase()}'`)}, ${createdAt}, 'UTC')`;
    return this.db
      .select({
        start: start.mapWith(createdAt),
        signIns: countIf(CONDITIONS.signIns),
        failedSignIns: countIf(CONDITIONS.failedSignIns),
        lockouts: countIf(CONDITIONS.lockouts),
        registrations: countIf(CONDITIONS.registrations),
        passwordResets: countIf(CONDITIONS.passwordResets),
        tokenReuses: countIf(CONDITIONS.tokenReuses),
      })
      .from(auditEvents)
      .where(
        and(
          inArray(type, [...COUNTED_TYPES]),
          sql`${start} BETWEEN ${first.toISOString()}::timestamptz AND ${last.toISOString()}::timestamptz`,
        ),
      )
      .groupBy(start);
  }
}
