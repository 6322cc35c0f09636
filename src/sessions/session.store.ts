import { and, desc, eq, gt, isNull, lt, ne, sql } from 'drizzle-orm';
import { users } from '../accounts/user.table.js';
import type { Database } from '../platform/database.js';
import type { Client, Role } from '../platform/principal.js';
import { sessions } from './session.table.js';
import type { SessionEndReason } from './session-end-reason.js';

export type Session = typeof sessions.$inferSelect;

/** What a request has to know of its session: nothing of a session that is over. */
export interface SessionState {
  readonly userId: string;
  readonly role: Role;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface NewSession {
  readonly userId: string;
  readonly remembered: boolean;
  readonly days: number;
  readonly amr: readonly string[];
  readonly client: Client;
}

const isLive = and(isNull(sessions.revokedAt), gt(sessions.expiresAt, sql`now()`));

export class SessionStore {
  readonly #state;

  constructor(readonly db: Database) {
    this.#state = db
      .select({ userId: sessions.userId, role: users.role, expiresAt: sessions.expiresAt })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(eq(sessions.id, sql.placeholder('id')), isLive, eq(users.isActive, true)))
      .prepare('session_state');
  }

  async insert(tx: Database, { userId, remembered, days, amr, client }: NewSession): Promise<Session> {
    const [row] = await tx
      .insert(sessions)
      .values({
        userId,
        remembered,
        amr: [...amr],
        ipAddress: client.ipAddress,
        userAgent: client.userAgent,
        expiresAt: sql`now() + make_interval(days => ${days})`,
      })
      .returning();
    return row as Session;
  }

  /** The state of a live session of an active user, by the database's clock. */
  async findState(id: string): Promise<SessionState | undefined> {
    const [row] = await this.#state.execute({ id });
    return row && { userId: row.userId, role: row.role as Role, expiresAt: row.expiresAt.getTime() };
  }

  /**
   * Moves the refresh counter on by one if it still is `counter`: of many at once one succeeds. Nothing happens
   * to a session that is over, or of a user who is not active.
   */
  async compareAndSwapCounter(
    tx: Database,
    id: string,
    counter: number,
    client: Client,
  ): Promise<Session | undefined> {
    const [row] = await tx
      .update(sessions)
      .set({
        counter: sql`${sessions.counter} + 1`,
        rotatedAt: sql`now()`,
        lastUsedAt: sql`now()`,
        ipAddress: client.ipAddress,
        userAgent: client.userAgent,
      })
      .where(
        and(
          eq(sessions.id, id),
          eq(sessions.counter, counter),
          isLive,
          sql`EXISTS (SELECT FROM ${users} WHERE ${users.id} = ${sessions.userId} AND ${users.isActive})`,
        ),
      )
      .returning();
    return row;
  }

  /** A live session, and whether its last rotation was less than `graceSeconds` ago. */
  async findLive(tx: Database, id: string, graceSeconds: number) {
    const [row] = await tx
      .select({
        session: sessions,
        inGrace: sql<boolean>`${sessions.rotatedAt} > now() - make_interval(secs => ${graceSeconds})`,
      })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(eq(sessions.id, id), isLive, eq(users.isActive, true)));
    return row;
  }

  /** The live sessions of a user, newest first. */
  listLive(userId: string): Promise<Session[]> {
    return this.db
      .select()
      .from(sessions)
      .where(and(eq(sessions.userId, userId), isLive))
      .orderBy(desc(sessions.createdAt), desc(sessions.id));
  }

  /** Ends one session of a user. Its id, or undefined where it is not theirs or over already. */
  async revoke(
    tx: Database,
    userId: string,
    id: string,
    _reason: SessionEndReason,
  ): Promise<string | undefined> {
    const [row] = await tx
      .update(sessions)
      .set({ revokedAt: sql`now()` })
      .where(and(eq(sessions.id, id), eq(sessions.userId, userId), isLive))
      .returning({ id: sessions.id });
    return row?.id;
  }

  /** Ends all sessions of a user, but for one to keep. Their ids. */
  async revokeAll(tx: Database, userId: string, _reason: SessionEndReason, keep?: string): Promise<string[]> {
    const rows = await tx
      .update(sessions)
      .set({ revokedAt: sql`now()` })
      .where(and(eq(sessions.userId, userId), isLive, keep === undefined ? undefined : ne(sessions.id, keep)))
      .returning({ id: sessions.id });
    return rows.map((row) => row.id);
  }

  /** Removes what has expired a day ago. */
  async deleteExpired(): Promise<void> {
    await this.db.delete(sessions).where(lt(sessions.expiresAt, sql`now() - interval '1 day'`));
  }
}
