import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import { insertAuditOf } from '../../audit/index.js';
import type { Database } from '../../platform/database.js';
import { users } from '../accounts/user.table.js';
import type { Rotated, Rotation } from './session.model.js';
import { isInGrace, isLive } from './session.store.js';
import { sessions } from './session.table.js';

export class RotationStore {
  readonly #rotate;

  constructor(db: Database) {
    this.#rotate = prepareRotation(db);
  }

  /**
   * Increments the refresh counter of a live session of an active user, if the counter still equals `counter`
   * and the grace period is over, and records that in the audit log. Of many concurrent calls, one succeeds.
   */
  async rotate(rotation: Rotation, tx?: Database): Promise<Rotated | undefined> {
    const statement = tx === undefined ? this.#rotate : prepareRotation(tx);
    const { id, counter, graceSeconds, origin } = rotation;
    const { ipAddress, userAgent } = origin;
    const [row] = await statement.execute({ id, counter, graceSeconds, ipAddress, userAgent });
    return row;
  }
}

/**
 * One statement instead of a transaction of two, because sessions are refreshed more often than anything else is written.
 * Its parts share one snapshot. A change of role or a deactivation revokes the session, for whose row the UPDATE waits, so
 * the user cannot be out of date.
 */
function prepareRotation(db: Database) {
  const { placeholder } = sql;
  const ipAddress = sql`${placeholder('ipAddress')}::inet`;
  const userAgent = sql`${placeholder('userAgent')}::text`;
  const rotated = db.$with('rotated').as(
    db
      .update(sessions)
      .set({
        counter: sql`${sessions.counter} + 1`,
        rotatedAt: sql`now()`,
        lastUsedAt: sql`now()`,
        ipAddress,
        userAgent,
      })
      .where(
        and(
          sql`${sessions.id} = ${placeholder('id')}::uuid`,
          sql`${sessions.counter} = ${placeholder('counter')}::integer`,
          sql`NOT ${isInGrace(placeholder('graceSeconds'))}`,
          isLive,
          sql`EXISTS (SELECT FROM ${users} WHERE ${users.id} = ${sessions.userId} AND ${users.isActive})`,
        ),
      )
      .returning(),
  );
  const recorded = db
    .$with('recorded', {})
    .as(insertAuditOf('TOKEN_REFRESHED', sql`rotated`, { ipAddress, userAgent }));
  return db
    .with(rotated, recorded)
    .select({ session: rotated._.selectedFields, user: getTableColumns(users) })
    .from(rotated)
    .innerJoin(users, eq(users.id, rotated.userId))
    .prepare('rotate_session');
}
