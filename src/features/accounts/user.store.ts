import { and, eq, ne, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { Role } from '../../platform/actor.js';
import { batched } from '../../platform/batch.js';
import { type Database, takeLock, takeLockFor } from '../../platform/database.js';
import { isId } from '../../platform/id.js';
import { AdvisoryLock } from '../../platform/locks.js';
import { foldCase } from '../../platform/text.js';
import { buildSearchText } from './search-text.js';
import type { NewUser, User, UserChange } from './user.model.js';
import { folded, users } from './user.table.js';

const usernameIs = (username: string) => sql`${folded(users.username)} = ${foldCase(username)}`;

/** Matches users and pending registrations. */
export const emailIs = (email: string) => sql`${folded(users.email)} = ${foldCase(email)}`;

/** An SQL condition about a user, for the statements of other features. */
export type UserCondition = (userId: SQLWrapper) => SQL;

/**
 * Users. A method that searches includes pending registrations only if its name says so. A method that locks
 * or changes a row by its id does not tell them apart. `PendingRegistrationStore` has the statements for
 * pending registrations alone.
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

  /** One user, or null. Concurrent calls are batched into one statement; no row is cached. */
  async load(id: string): Promise<User | null> {
    return isId(id) ? this.#byId(id.toLowerCase()) : null;
  }

  /** Locks a user until the transaction ends, so that decisions about the user are serialised. */
  async lock(tx: Database, id: string): Promise<User | undefined> {
    const [user] = await tx.select().from(users).where(eq(users.id, id)).for('update');
    return user;
  }

  /**
   * Serialises the transactions that add or remove admins. Call it before any row is locked: otherwise two of
   * these transactions can deadlock.
   */
  async lockAdmins(tx: Database): Promise<void> {
    await takeLock(tx, AdvisoryLock.ADMINS);
  }

  /**
   * Serialises the operations that decide about the owner of an address: registering, mailing a link that
   * proves the address, following that link, and giving the address to a user. Call it before any row is
   * locked, and for one address per transaction. Then transactions for the same address wait here and never
   * for each other's rows.
   */
  async lockAddress(tx: Database, email: string): Promise<void> {
    await takeLockFor(tx, AdvisoryLock.ADDRESS, foldCase(email));
  }

  /** Whether an active admin exists. The user `except` does not count. */
  async hasActiveAdmin(tx: Database, except?: string): Promise<boolean> {
    const rows = await tx
      .select({ id: users.id })
      .from(users)
      .where(
        and(
          eq(users.role, Role.ADMIN),
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
      .where(and(eq(users.id, id), eq(users.role, Role.ADMIN), eq(users.isActive, true)));
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
      .values({ ...user, expiresAt, searchText: buildSearchText(user) })
      .returning();
    return row as User;
  }

  /**
   * Turns a pending registration into a user, or marks a user's address as verified: the stored address, or
   * `email` if another one was proven. Clears the granted role, because the caller has decided about it.
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
   * Makes a user or a pending registration an admin. If the address is not verified, the password and the
   * display name are removed: an attacker may have chosen them.
   */
  async promoteToAdmin(tx: Database, { id, emailVerified }: User): Promise<User> {
    return this.#set(tx, id, {
      role: Role.ADMIN,
      isActive: true,
      pending: false,
      expiresAt: null,
      grantedRole: null,
      roleGrantedBy: null,
      ...(!emailVerified && { passwordHash: null, displayName: null }),
    });
  }

  /**
   * Changes a user. A granted role is cleared by a change of address, because it was meant for the former
   * mailbox, and by a change of role. An account whose role was changed does not expire.
   * @throws a unique violation of `users_username_unique` or `users_email_unique`
   */
  async update(tx: Database, id: string, change: UserChange): Promise<User> {
    const noGrant = { grantedRole: null, roleGrantedBy: null };
    return this.#set(tx, id, {
      ...change,
      ...(change.emailVerified === false && noGrant),
      ...(change.role !== undefined && { ...noGrant, expiresAt: null }),
    });
  }

  async setPasswordHash(tx: Database, id: string, passwordHash: string): Promise<void> {
    await this.#set(tx, id, { passwordHash });
  }

  /** Invalidates every operation in progress that has read the previous version. */
  async incrementCredentialsVersion(tx: Database, id: string): Promise<void> {
    await tx
      .update(users)
      .set({ credentialsVersion: sql`${users.credentialsVersion} + 1` })
      .where(eq(users.id, id));
  }

  /** Replaces a hash by a stronger hash of the same password, unless the password was changed meanwhile. */
  async renewPasswordHash(id: string, oldHash: string, newHash: string): Promise<void> {
    await this.db
      .update(users)
      .set({ passwordHash: newHash })
      .where(and(eq(users.id, id), eq(users.passwordHash, oldHash)));
  }

  async recordSignIn(tx: Database, id: string): Promise<User> {
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
    const searchText = buildSearchText(user);
    // A second statement, because the text also contains the names that do not change.
    if (searchText !== user.searchText) await tx.update(users).set({ searchText }).where(eq(users.id, id));
    return { ...user, searchText };
  }
}
