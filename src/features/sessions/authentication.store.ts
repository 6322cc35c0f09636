import { and, eq, sql } from 'drizzle-orm';
import type { Database } from '../../platform/database.js';
import type { Session } from './session.model.js';
import { isLive } from './session.store.js';
import { sessions } from './session.table.js';

/** When and how the user of a session has authenticated last. Each method runs in the transaction of the caller. */
export class AuthenticationStore {
  /** Whether a live session has authenticated within so many seconds, by the clock of the database. */
  async isRecent(tx: Database, id: string, seconds: number): Promise<boolean> {
    const isYoung = sql`${sessions.authenticatedAt} > now() - make_interval(secs => ${seconds})`;
    const rows = await tx
      .select({ id: sessions.id })
      .from(sessions)
      .where(and(eq(sessions.id, id), isLive, isYoung));
    return rows.length > 0;
  }

  /**
   * Records that the user of a live session has authenticated again.
   * @param amr returns the methods of the session (RFC 8176), given those before
   */
  async record(
    tx: Database,
    id: string,
    amr: (first: readonly string[]) => readonly string[],
  ): Promise<Session | undefined> {
    const isThis = and(eq(sessions.id, id), isLive);
    const [found] = await tx.select({ amr: sessions.amr }).from(sessions).where(isThis).for('update');
    if (found === undefined) return undefined;
    const [row] = await tx
      .update(sessions)
      .set({ authenticatedAt: sql`now()`, amr: [...amr(found.amr)] })
      .where(isThis)
      .returning();
    return row;
  }
}
