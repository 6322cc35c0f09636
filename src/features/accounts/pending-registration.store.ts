import { and, desc, inArray, lt, ne, sql } from 'drizzle-orm';
import { type Database, deleteInBatches } from '../../platform/database.js';
import type { User } from './user.model.js';
import { emailIs } from './user.store.js';
import { users } from './user.table.js';

/** Maximum number of pending registrations per address. */
const MAX_PENDING_PER_ADDRESS = 100;

/** Registrations with an unverified address. They are rows of `users`. Several can share one address. */
export class PendingRegistrationStore {
  constructor(readonly db: Database) {}

  /** The pending registrations for an address, newest first. */
  findByEmail(email: string, limit: number, db = this.db): Promise<User[]> {
    return db
      .select()
      .from(users)
      .where(and(emailIs(email), users.pending))
      .orderBy(desc(users.createdAt), desc(users.id))
      .limit(limit);
  }

  /** Whether another pending registration has the user's address. */
  async hasOthersForAddress({ id, email }: Pick<User, 'id' | 'email'>, db = this.db): Promise<boolean> {
    const rows = await db
      .select({ id: users.id })
      .from(users)
      .where(and(emailIs(email), users.pending, ne(users.id, id)))
      .limit(1);
    return rows.length > 0;
  }

  /**
   * Deletes the oldest pending registrations above the maximum of an address. Attack: somebody registers a
   * stranger's address many times. The newest registrations stay, so the owner can still register and verify.
   * One call deletes a limited number of rows, so that it stays short.
   */
  async deleteSurplus(tx: Database, email: string): Promise<void> {
    const surplus = tx
      .select({ id: users.id })
      .from(users)
      .where(and(emailIs(email), users.pending))
      .orderBy(desc(users.createdAt), desc(users.id))
      .offset(MAX_PENDING_PER_ADDRESS)
      .limit(MAX_PENDING_PER_ADDRESS)
      .for('update', { skipLocked: true });
    await tx.delete(users).where(inArray(users.id, surplus));
  }

  /**
   * Deletes registrations that were not verified in time, and customers who could sign in unverified. Staff
   * and admins stay, because an admin gave them their role on purpose.
   */
  async deleteExpired(): Promise<void> {
    const isPendingOrCustomer = sql`(${users.pending} OR ${users.role} = 'CUSTOMER')`;
    await deleteInBatches(this.db, users, and(lt(users.expiresAt, sql`now()`), isPendingOrCustomer));
  }
}
