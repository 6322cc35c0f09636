import { and, desc, eq, gt, inArray, isNull, lt, ne, type Placeholder, type SQL, sql } from 'drizzle-orm';
import { batched } from '../../platform/batch.js';
import { type Database, deleteInBatches } from '../../platform/database.js';
import { users } from '../accounts/user.table.js';
import type {
  LockedSession,
  NewSessionRow,
  Session,
  SessionEnd,
  SessionState,
  WatchedSession,
} from './session.model.js';
import { sessions } from './session.table.js';
import { sessionEnds } from './session-end.table.js';
import type { SessionEndReason } from './session-end-reason.js';

/** Maximum number of live sessions per user. */
export const MAX_SESSIONS = 100;

/** Neither ended nor expired. */
export const isLive = and(isNull(sessions.revokedAt), gt(sessions.expiresAt, sql`now()`));

const expiresInMs = sql<number>`(extract(epoch FROM ${sessions.expiresAt} - now()) * 1000)::double precision`;

export class SessionStore {
  readonly #state;
  readonly #live: (userId: string) => Promise<Session[] | null>;
  readonly #watched: (id: string) => Promise<WatchedSession | null>;

  constructor(readonly db: Database) {
    this.#state = db
      .select({
        userId: sessions.userId,
        role: users.role,
        expiresInMs,
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
    this.#watched = batched((ids) => this.#findWatched(ids));
  }

  async insert(tx: Database, { userId, remembered, days, amr, origin }: NewSessionRow): Promise<Session> {
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

  /** The state of a live session of an active user. */
  async findState(id: string): Promise<SessionState | undefined> {
    const [row] = await this.#state.execute({ id });
    return row;
  }

  /**
   * A session that a client watches. Null if its row was deleted. Concurrent calls are batched into one statement, for
   * the moment when many clients connect again.
   */
  findWatched(id: string): Promise<WatchedSession | null> {
    return this.#watched(id);
  }

  async #findWatched(ids: readonly string[]): Promise<Map<string, WatchedSession>> {
    const rows = await this.db
      .select({
        id: sessions.id,
        revokedAt: sessions.revokedAt,
        endReason: sessions.endReason,
        expiresAt: sessions.expiresAt,
        expiresInMs,
        isActive: users.isActive,
        readAt: sql`now()`.mapWith(sessions.expiresAt),
      })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(inArray(sessions.id, [...ids]));
    return new Map(rows.map((row) => [row.id, { end: endOf(row), expiresInMs: row.expiresInMs }]));
  }

  async lockLive(tx: Database, id: string, graceSeconds: number): Promise<LockedSession | undefined> {
    const [row] = await tx
      .select({ session: sessions, user: users, isInGrace: isInGrace(graceSeconds) })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(eq(sessions.id, id), isLive, eq(users.isActive, true)))
      .for('update', { of: sessions });
    return row;
  }

  /** The id of the active user of a live session. */
  async findOwner(db: Database, id: string): Promise<string | undefined> {
    const [row] = await db
      .select({ userId: sessions.userId })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(eq(sessions.id, id), isLive, eq(users.isActive, true)));
    return row?.userId;
  }

  /** The live sessions of a user, newest first. Concurrent calls are batched into one statement. */
  async listLive(userId: string): Promise<Session[]> {
    return (await this.#live(userId)) ?? [];
  }

  /** Ends a live session of a user and returns its id. Undefined if the user has no such session. */
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

  /** Ends the live sessions of a user, except `exceptId`, and returns their ids. */
  async revokeAll(
    tx: Database,
    userId: string,
    endReason: SessionEndReason,
    exceptId?: string,
  ): Promise<string[]> {
    const rows = await tx
      .update(sessions)
      .set({ revokedAt: sql`now()`, endReason })
      .where(
        and(
          eq(sessions.userId, userId),
          isLive,
          exceptId === undefined ? undefined : ne(sessions.id, exceptId),
        ),
      )
      .returning({ id: sessions.id });
    return rows.map((row) => row.id);
  }

  /** Ends the least recently used sessions above `MAX_SESSIONS`. Lock the user first. Returns their ids. */
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

  /** Deletes sessions a day after their expiry or revocation: one index for each, instead of a bitmap of both a batch. */
  async deleteOld(): Promise<void> {
    for (const end of [sessions.expiresAt, sessions.revokedAt])
      await deleteInBatches(this.db, sessions, lt(end, sql`now() - interval '1 day'`));
  }

  /** Deletes ends after two days. Every node has read them long before. */
  async deleteOldEnds(): Promise<void> {
    await deleteInBatches(this.db, sessionEnds, lt(sessionEnds.endedAt, sql`now() - interval '2 days'`));
  }
}

interface EndColumns extends Pick<Session, 'id' | 'revokedAt' | 'endReason' | 'expiresAt'> {
  readonly expiresInMs: number;
  readonly isActive: boolean;
  readonly readAt: Date;
}

function endOf(row: EndColumns): SessionEnd | undefined {
  const { id: sessionId, revokedAt, expiresAt } = row;
  if (revokedAt !== null) return { sessionId, reason: row.endReason ?? 'REVOKED', endedAt: revokedAt };
  if (row.expiresInMs <= 0) return { sessionId, reason: 'EXPIRED', endedAt: expiresAt };
  return row.isActive ? undefined : { sessionId, reason: 'DEACTIVATED', endedAt: row.readAt };
}

/**
 * Whether the grace period after a rotation still runs. A counter of 0 means that there was no rotation yet. With 0 seconds
 * the times must not be compared: for a transaction that began before the rotation of another one, that rotation is in the
 * future.
 */
export function isInGrace(seconds: number | Placeholder): SQL<boolean> {
  const lasts = sql`${seconds}::integer`;
  return sql<boolean>`(${lasts} > 0 AND ${sessions.counter} > 0 AND ${sessions.rotatedAt} > now() - make_interval(secs => ${lasts}))`;
}
