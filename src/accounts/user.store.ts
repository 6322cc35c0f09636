import { and, desc, eq, lt, ne, sql } from 'drizzle-orm';
import { batched } from '../platform/batch.js';
import { type Database, takeLock } from '../platform/database.js';
import { isId } from '../platform/id.js';
import { AdvisoryLock } from '../platform/locks.js';
import { foldCase } from '../platform/text.js';
import { searchTextOf } from './search-text.js';
import { folded, users } from './user.table.js';

export type User = typeof users.$inferSelect;
export type NewUser = Pick<User, 'username' | 'email' | 'displayName' | 'role'> &
  Partial<Omit<typeof users.$inferInsert, 'searchText'>>;
type ProfileChange = Partial<
  Pick<User, 'username' | 'displayName' | 'email' | 'role' | 'isActive' | 'emailVerified'>
>;

const usernameIs = (username: string) => sql`${folded(users.username)} = ${foldCase(username)}`;
const emailIs = (email: string) => sql`${folded(users.email)} = ${foldCase(email)}`;

/** The people. Pending registrations are found only by the functions that say so. */
export class UserStore {
  readonly #byId: (id: string) => Promise<User | null>;

  constructor(readonly db: Database) {
    const byIds = db
      .select()
      .from(users)
      .where(and(sql`${users.id} = ANY(${sql.placeholder('ids')}::uuid[])`, sql`NOT ${users.pending}`))
      .prepare('users_by_ids');
    this.#byId = batched(async (ids) => {
      const rows = await byIds.execute({ ids: `{${ids.join(',')}}` });
      return new Map(rows.map((row) => [row.id, row]));
    });
  }

  /** One user, or null; reads that come together share one statement. Never a cached row. */
  async load(id: string): Promise<User | null> {
    return isId(id) ? this.#byId(id.toLowerCase()) : null;
  }

  /** One user, locked until the transaction ends, so that decisions about it come one after another. */
  async lock(tx: Database, id: string): Promise<User | undefined> {
    const [user] = await tx.select().from(users).where(eq(users.id, id)).for('update');
    return user;
  }

  /**
   * Holds back every other transaction that changes who is an admin, until this one ends. Call it before any
   * row is locked, so that two of them cannot wait for each other.
   */
  async holdAdmins(tx: Database): Promise<void> {
    await takeLock(tx, AdvisoryLock.ADMINS);
  }

  /** Whether there is an active admin, but for one who does not count. */
  async hasActiveAdmin(tx: Database, except?: string): Promise<boolean> {
    const rows = await tx
      .select({ id: users.id })
      .from(users)
      .where(
        and(
          eq(users.role, 'ADMIN'),
          eq(users.isActive, true),
          sql`NOT ${users.pending}`,
          except === undefined ? undefined : ne(users.id, except),
        ),
      )
      .limit(1);
    return rows.length > 0;
  }

  /** A user or a pending registration. */
  async findWithPending(id: string): Promise<User | undefined> {
    const [user] = await this.db.select().from(users).where(eq(users.id, id));
    return user;
  }

  /** A user or a pending registration: usernames are unique over both. */
  async findByUsernameWithPending(username: string, db = this.db): Promise<User | undefined> {
    const [user] = await db.select().from(users).where(usernameIs(username));
    return user;
  }

  async findByEmail(email: string, db = this.db): Promise<User | undefined> {
    const [user] = await db
      .select()
      .from(users)
      .where(and(emailIs(email), sql`NOT ${users.pending}`));
    return user;
  }

  /** The newest registration that waits for this address. */
  async findPendingByEmail(email: string, db = this.db): Promise<User | undefined> {
    const [user] = await db
      .select()
      .from(users)
      .where(and(emailIs(email), users.pending))
      .orderBy(desc(users.createdAt), desc(users.id))
      .limit(1);
    return user;
  }

  /** @throws a unique violation of `users_username_unique` or `users_email_unique` */
  async insert(tx: Database, user: NewUser): Promise<User> {
    const [row] = await tx
      .insert(users)
      .values({ ...user, searchText: searchTextOf(user) })
      .returning();
    return row as User;
  }

  /** Ids of the other registrations that wait for a user's address. */
  async pendingRivals(tx: Database, user: User): Promise<string[]> {
    const rows = await tx
      .select({ id: users.id })
      .from(users)
      .where(and(emailIs(user.email), users.pending, ne(users.id, user.id)));
    return rows.map((row) => row.id);
  }

  /**
   * Makes a user of a registration, or marks a user's address as verified.
   * @throws a unique violation of `users_email_unique` where another user has the address by now
   */
  async markVerified(tx: Database, id: string): Promise<User> {
    const [row] = await tx
      .update(users)
      .set({ pending: false, emailVerified: true, expiresAt: null, updatedAt: sql`now()` })
      .where(eq(users.id, id))
      .returning();
    return row as User;
  }

  /** @throws a unique violation of `users_username_unique` or `users_email_unique` */
  async update(tx: Database, id: string, change: ProfileChange): Promise<User> {
    const [row] = await tx
      .update(users)
      .set({ ...change, updatedAt: sql`now()` })
      .where(eq(users.id, id))
      .returning();
    const user = row as User;
    const searchText = searchTextOf(user);
    // Written apart, because it is made of all names, not only of those that change.
    if (searchText !== user.searchText) await tx.update(users).set({ searchText }).where(eq(users.id, id));
    return { ...user, searchText };
  }

  async setPasswordHash(tx: Database, id: string, passwordHash: string): Promise<void> {
    await tx.update(users).set({ passwordHash, updatedAt: sql`now()` }).where(eq(users.id, id));
  }

  /** Replaces a hash by a better one of the same password, unless the password was changed meanwhile. */
  async renewPasswordHash(id: string, seen: string, renewed: string): Promise<void> {
    await this.db
      .update(users)
      .set({ passwordHash: renewed })
      .where(and(eq(users.id, id), eq(users.passwordHash, seen)));
  }

  /**
   * Notes a sign-in, if the account is still active and its password still the one that was checked; answers
   * undefined where a deactivation or a reset came between.
   */
  async noteSignIn(tx: Database, seen: User): Promise<User | undefined> {
    const [row] = await tx
      .update(users)
      .set({ lastLoginAt: sql`now()` })
      .where(
        and(
          eq(users.id, seen.id),
          eq(users.isActive, true),
          sql`${users.passwordHash} IS NOT DISTINCT FROM ${seen.passwordHash}`,
        ),
      )
      .returning();
    return row;
  }

  /**
   * Removes registrations that nobody verified in time, and customers who could sign in without. Whoever was made
   * staff or admin meanwhile is known to somebody, and stays.
   */
  async deleteExpired(): Promise<void> {
    await this.db
      .delete(users)
      .where(and(lt(users.expiresAt, sql`now()`), sql`(${users.pending} OR ${users.role} = 'CUSTOMER')`));
  }
}
