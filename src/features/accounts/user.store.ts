import { and, eq, ne, sql } from 'drizzle-orm';
import { batched } from '../../platform/batch.js';
import { type Database, takeLock, takeLockFor } from '../../platform/database.js';
import { isId } from '../../platform/id.js';
import { AdvisoryLock } from '../../platform/locks.js';
import { foldCase } from '../../platform/text.js';
import { searchTextOf } from './search-text.js';
import { folded, users } from './user.table.js';

export type User = typeof users.$inferSelect;
export type NewUser = Pick<User, 'username' | 'email' | 'displayName' | 'role'> &
  Partial<Omit<typeof users.$inferInsert, 'searchText' | 'expiresAt'>> & {
    /** A registration that nobody verifies is removed after so many days. */
    readonly expiresInDays?: number;
  };
type UserChange = Partial<Pick<User, 'username' | 'displayName' | 'email' | 'role' | 'isActive'>> & {
  readonly emailVerified?: false;
};

const usernameIs = (username: string) => sql`${folded(users.username)} = ${foldCase(username)}`;

/** Matches the address of a user or of a pending registration. */
export const emailIs = (email: string) => sql`${folded(users.email)} = ${foldCase(email)}`;

/**
 * Users. A method finds pending registrations only if its name says so. `PendingRegistrationStore` has the statements
 * that are about registrations alone.
 */
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

  /**
   * Serialises everything that decides who has an address: registering, mailing a link that proves the address,
   * following that link, and giving the address to a user. Call it before any row is locked, for one address in a
   * transaction: then rivals for an address wait here, and never for each other's rows.
   */
  async holdAddress(tx: Database, email: string): Promise<void> {
    await takeLockFor(tx, AdvisoryLock.ADDRESS, foldCase(email));
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

  async isActiveAdmin(tx: Database, id: string): Promise<boolean> {
    const rows = await tx
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, id), eq(users.role, 'ADMIN'), eq(users.isActive, true)));
    return rows.length > 0;
  }

  /** A user or a pending registration. */
  async findWithPending(id: string, db = this.db): Promise<User | undefined> {
    const [user] = await db.select().from(users).where(eq(users.id, id));
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

  /** @throws a unique violation of `users_username_unique` or `users_email_unique` */
  async insert(tx: Database, { expiresInDays, ...user }: NewUser): Promise<User> {
    const expiresAt =
      expiresInDays === undefined ? null : sql`now() + make_interval(days => ${expiresInDays})`;
    const [row] = await tx
      .insert(users)
      .values({ ...user, expiresAt, searchText: searchTextOf(user) })
      .returning();
    return row as User;
  }

  /**
   * Makes a user of a registration, or marks a user's address as verified: the stored one, or another that was
   * proven. A role that waited for it has been decided on.
   * @throws a unique violation of `users_email_unique` if another user has the address
   */
  async markVerified(
    tx: Database,
    id: string,
    { email, role }: { readonly email?: string | undefined; readonly role?: User['role'] | undefined } = {},
  ): Promise<User> {
    return this.#set(tx, id, {
      ...(email !== undefined && { email }),
      ...(role !== undefined && { role }),
      pending: false,
      emailVerified: true,
      expiresAt: null,
      grantedRole: null,
      roleGrantedBy: null,
    });
  }

  /**
   * Makes an admin of a user or registration. Unless the address is verified, password and display name go: nobody
   * knows who chose them.
   */
  async raiseToAdmin(tx: Database, { id, emailVerified }: User): Promise<User> {
    return this.#set(tx, id, {
      role: 'ADMIN',
      isActive: true,
      pending: false,
      expiresAt: null,
      grantedRole: null,
      roleGrantedBy: null,
      ...(!emailVerified && { passwordHash: null, displayName: null }),
    });
  }

  /**
   * Changes a user. A role that waits for the verification ends with another address, whose mailbox nobody meant,
   * and with a role that an admin sets, which also keeps the account.
   * @throws a unique violation of `users_username_unique` or `users_email_unique`
   */
  async update(tx: Database, id: string, change: UserChange): Promise<User> {
    const ungranted = { grantedRole: null, roleGrantedBy: null };
    return this.#set(tx, id, {
      ...change,
      ...(change.emailVerified === false && ungranted),
      ...(change.role !== undefined && { ...ungranted, expiresAt: null }),
    });
  }

  async setPasswordHash(tx: Database, id: string, passwordHash: string): Promise<void> {
    await this.#set(tx, id, { passwordHash });
  }

  /** Voids every operation in progress that has seen the user's credentials as they were. */
  async moveCredentials(tx: Database, id: string): Promise<void> {
    await tx
      .update(users)
      .set({ credentialsVersion: sql`${users.credentialsVersion} + 1` })
      .where(eq(users.id, id));
  }

  /** Replaces a hash by a better one of the same password, unless the password was changed meanwhile. */
  async renewPasswordHash(id: string, seen: string, renewed: string): Promise<void> {
    await this.db
      .update(users)
      .set({ passwordHash: renewed })
      .where(and(eq(users.id, id), eq(users.passwordHash, seen)));
  }

  async noteSignIn(tx: Database, id: string): Promise<User> {
    const [row] = await tx.update(users).set({ lastLoginAt: sql`now()` }).where(eq(users.id, id)).returning();
    return row as User;
  }

  async #set(
    tx: Database,
    id: string,
    change: Partial<Omit<typeof users.$inferInsert, 'searchText'>>,
  ): Promise<User> {
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
}
