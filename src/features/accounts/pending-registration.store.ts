import { and, desc, inArray, lt, ne, sql } from 'drizzle-orm';
import { type Database, deleteInBatches } from '../../platform/database.js';
import { emailIs, type User } from './user.store.js';
import { users } from './user.table.js';

/** Limit of the registrations that may wait for one address. */
const MAX_WAITING = 100;

/** Registrations whose address is not verified. They are rows of `users`. Several may wait for one address. */
export class PendingRegistrationStore {
  constructor(readonly db: Database) {}

  /** The registrations that wait for an address, newest first, up to a limit. */
  findByEmail(email: string, limit: number, db = this.db): Promise<User[]> {
    return db
      .select()
      .from(users)
      .where(and(emailIs(email), users.pending))
      .orderBy(desc(users.createdAt), desc(users.id))
      .limit(limit);
  }

  /** Whether another registration waits for a user's address. */
  async hasRivals({ id, email }: Pick<User, 'id' | 'email'>, db = this.db): Promise<boolean> {
    const rows = await db
      .select({ id: users.id })
      .from(users)
      .where(and(emailIs(email), users.pending, ne(users.id, id)))
      .limit(1);
    return rows.length > 0;
  }

  /**
   * Removes the oldest registrations above the cap of an address. The newest stay: whoever registers can verify
   * at once, however many strangers registered before. Takes a few at a time, so that no call takes long.
   */
  async removeSurplus(tx: Database, email: string): Promise<void> {
    const surplus = tx
      .select({ id: users.id })
      .from(users)
      .where(and(emailIs(email), users.pending))
      .orderBy(desc(users.createdAt), desc(users.id))
      .offset(MAX_WAITING)
      .limit(MAX_WAITING)
      .for('update', { skipLocked: true });
    await tx.delete(users).where(inArray(users.id, surplus));
  }

  /**
   * Removes registrations that nobody verified in time, and customers who could sign in without. Whoever was made
   * staff or admin is known to somebody, and stays.
   */
  async deleteExpired(): Promise<void> {
    const isUnknown = sql`(${users.pending} OR ${users.role} = 'CUSTOMER')`;
    await deleteInBatches(this.db, users, and(lt(users.expiresAt, sql`now()`), isUnknown));
  }
}
