import { and, desc, eq, gt, inArray, isNull, lt, ne, or, type SQL, sql } from 'drizzle-orm';
import type { RequestOrigin, Role } from '../../platform/actor.js';
import { batched } from '../../platform/batch.js';
import { type Database, deleteInBatches } from '../../platform/database.js';
import { users } from '../accounts/user.table.js';
import { sessions } from './session.table.js';
import { sessionEnds } from './session-end.table.js';
import type { SessionEndReason } from './session-end-reason.js';

export type Session = typeof sessions.$inferSelect;

/** What a request has to know of its session: nothing of a session that is over. */
export interface SessionState {
  readonly userId: string;
  readonly role: Role;
  /** How long the session still lasts (ms), by the database's clock when it was read. */
  readonly expiresInMs: number;
}

export interface SessionRow {
  readonly userId: string;
  readonly remembered: boolean;
  readonly days: number;
  readonly amr: readonly string[];
  readonly origin: RequestOrigin;
}

/** A user has at most so many live sessions; one more ends the least recently used. */
export const MAX_SESSIONS = 100;

/** A use of a refresh token. */
export interface Rotation {
  readonly id: string;
  readonly counter: number;
  readonly graceSeconds: number;
  readonly origin: RequestOrigin;
}

const isLive = and(isNull(sessions.revokedAt), gt(sessions.expiresAt, sql`now()`));

export class SessionStore {
  readonly #state;
  readonly #live: (userId: string) => Promise<Session[] | null>;

  constructor(readonly db: Database) {
    this.#state = db
      .select({
        userId: sessions.userId,
        role: users.role,
        expiresInMs: sql<number>`(extract(epoch FROM ${sessions.expiresAt} - now()) * 1000)::double precision`,
      })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(eq(sessions.id, sql.placeholder('id')), isLive, eq(users.isActive, true)))
      .prepare('session_state');
    const ofUsers = db
      .select()
      .from(sessions)
      .where(and(sql`${sessions.userId} = ANY(${sql.placeholder('ids')}::uuid[])`, isLive))
      .orderBy(desc(sessions.createdAt), desc(sessions.id))
      .prepare('live_sessions_of_users');
    this.#live = batched(async (ids) => {
      const byUser = new Map<string, Session[]>(ids.map((id) => [id, []]));
      for (const session of await ofUsers.execute({ ids: `{${ids.join(',')}}` })) {
        byUser.get(session.userId)?.push(session);
      }
      return byUser;
    });
  }

  async insert(tx: Database, { userId, remembered, days, amr, origin }: SessionRow): Promise<Session> {
    const [row] = await tx
      .insert(sessions)
      .values({
        userId,
        remembered,
        amr: [...amr],
        ipAddress: origin.ipAddress,
        userAgent: origin.userAgent,
        expiresAt: sql`now() + make_interval(days => ${days})`,
      })
      .returning();
    return row as Session;
  }

  /** The state of a live session of an active user, by the database's clock. */
  async findState(id: string): Promise<SessionState | undefined> {
    const [row] = await this.#state.execute({ id });
    return row && { ...row, role: row.role as Role };
  }

  /**
   * Moves the refresh counter on by one if it still is `counter` and its grace period is over: of many at once one
   * succeeds. Nothing happens to a session that is over, or of a user who is not active.
   */
  async rotate(tx: Database, { id, counter, graceSeconds, origin }: Rotation): Promise<Session | undefined> {
    const [row] = await tx
      .update(sessions)
      .set({
        counter: sql`${sessions.counter} + 1`,
        rotatedAt: sql`now()`,
        lastUsedAt: sql`now()`,
        ipAddress: origin.ipAddress,
        userAgent: origin.userAgent,
      })
      .where(
        and(
          eq(sessions.id, id),
          eq(sessions.counter, counter),
          sql`NOT ${isInGrace(graceSeconds)}`,
          isLive,
          sql`EXISTS (SELECT FROM ${users} WHERE ${users.id} = ${sessions.userId} AND ${users.isActive})`,
        ),
      )
      .returning();
    return row;
  }

  /** A live session, locked until the transaction ends, its active user, and whether its grace period lasts. */
  async lockLive(tx: Database, id: string, graceSeconds: number) {
    const [row] = await tx
      .select({ session: sessions, user: users, inGrace: isInGrace(graceSeconds) })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(eq(sessions.id, id), isLive, eq(users.isActive, true)))
      .for('update', { of: sessions });
    return row;
  }

  /** Whose live session it is. */
  async findOwner(db: Database, id: string): Promise<string | undefined> {
    const [row] = await db
      .select({ userId: sessions.userId })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(eq(sessions.id, id), isLive, eq(users.isActive, true)));
    return row?.userId;
  }

  /** The live sessions of a user, newest first; reads that come together share one statement. */
  async listLive(userId: string): Promise<Session[]> {
    return (await this.#live(userId)) ?? [];
  }

  /** Ends one session of a user. Its id, or undefined where it is not theirs or over already. */
  async revoke(
    tx: Database,
    userId: string,
    id: string,
    endReason: SessionEndReason,
  ): Promise<string | undefined> {
    const [row] = await tx
      .update(sessions)
      .set({ revokedAt: sql`now()`, endReason })
      .where(and(eq(sessions.id, id), eq(sessions.userId, userId), isLive))
      .returning({ id: sessions.id });
    return row?.id;
  }

  /** Ends all sessions of a user, but for one to keep. Their ids. */
  async revokeAll(
    tx: Database,
    userId: string,
    endReason: SessionEndReason,
    keep?: string,
  ): Promise<string[]> {
    const rows = await tx
      .update(sessions)
      .set({ revokedAt: sql`now()`, endReason })
      .where(and(eq(sessions.userId, userId), isLive, keep === undefined ? undefined : ne(sessions.id, keep)))
      .returning({ id: sessions.id });
    return rows.map((row) => row.id);
  }

  /**
   * Ends the least recently used sessions above the limit. Call it with the user locked. Their ids.
   */
  async revokeSurplus(tx: Database, userId: string): Promise<string[]> {
    const surplus = tx
      .select({ id: sessions.id })
      .from(sessions)
      .where(and(eq(sessions.userId, userId), isLive))
      .orderBy(desc(sessions.lastUsedAt), desc(sessions.createdAt), desc(sessions.id))
      .offset(MAX_SESSIONS);
    const rows = await tx
      .update(sessions)
      .set({ revokedAt: sql`now()`, endReason: 'REVOKED' })
      .where(inArray(sessions.id, surplus))
      .returning({ id: sessions.id });
    return rows.map((row) => row.id);
  }

  /** Removes what expired or was revoked a day ago or longer. */
  async deleteOld(): Promise<void> {
    await deleteInBatches(
      this.db,
      sessions,
      or(
        lt(sessions.expiresAt, sql`now() - interval '1 day'`),
        lt(sessions.revokedAt, sql`now() - interval '1 day'`),
      ),
    );
  }

  /** Removes rows of ends that every node has read long ago. */
  async deleteOldEnds(): Promise<void> {
    await deleteInBatches(this.db, sessionEnds, lt(sessionEnds.endedAt, sql`now() - interval '2 days'`));
  }
}

/**
 * The first refresh after a sign-in follows no rotation. Without a grace period the times must not even be compared:
 * a transaction that began before another one rotated would see that rotation in its future.
 */
function isInGrace(seconds: number): SQL<boolean> {
  if (seconds === 0) return sql<boolean>`false`;
  return sql<boolean>`(${sessions.counter} > 0 AND ${sessions.rotatedAt} > now() - make_interval(secs => ${seconds}))`;
}
